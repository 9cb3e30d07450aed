from django.core.management import call_command
from django.core.management.base import BaseCommand

from joip.accounts.attempts import forget_old_attempts


class Command(BaseCommand):
    help = "Deletes sign-ins that have expired, and old counts of wrong passwords and sign-ups."

    def handle(self, **options):
        call_command("clearsessions")
        self.stdout.write(f"{forget_old_attempts()} old counts deleted")
