from django.core.management import call_command
from django.core.management.base import BaseCommand

from joip.accounts.attempts import forget_old_attempts
from joip.accounts.open_sign_ins import forget_ended_sign_ins
from joip.api_tokens.tokens import forget_expired_tokens


class Command(BaseCommand):
    help = (
        "Deletes sign-ins that have expired, API tokens a month after they have, and old counts of "
        "wrong passwords and sign-ups."
    )
    requires_system_checks = ()  # they import all views: a quarter of the start

    def handle(self, **options):
        call_command("clearsessions")
        forget_ended_sign_ins()
        self.stdout.write(f"{forget_expired_tokens()} expired tokens deleted")
        self.stdout.write(f"{forget_old_attempts()} old counts deleted")
