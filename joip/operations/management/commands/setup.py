import sys

from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from environs import Env

from joip.errors import InvalidFields
from joip.operations.first_run import make_first_member_of_staff, missing_parts
from joip.users.models import User

env = Env()


class Command(BaseCommand):
    help = (
        "Makes what a new installation needs: tables, price, buckets, and the first member of "
        "staff, from STAFF_USERNAME and STAFF_PASSWORD or by asking. Running it again is harmless."
    )
    requires_system_checks = ()

    def handle(self, **options):
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        call_command("check_demo_accounts", stdout=self.stdout)
        call_command("check_store", stdout=self.stdout, stderr=self.stderr)
        self.make_staff()
        for missing in missing_parts():
            self.stderr.write(self.style.WARNING(f"Still missing: {missing.sentence}"))
        self.stdout.write("Ready to start.")

    def make_staff(self):
        if User.objects.filter(is_superuser=True, is_active=True).exists():
            return
        username, password = env.str("STAFF_USERNAME", ""), env.str("STAFF_PASSWORD", "")
        if bool(username) != bool(password):
            raise CommandError("STAFF_USERNAME and STAFF_PASSWORD go together: set both, or none.")
        if not username:
            if sys.stdin is not None and sys.stdin.isatty():
                call_command("createsuperuser")
            return
        try:
            make_first_member_of_staff(username=username, password=password)
        except InvalidFields as refusal:
            name, problems = next(iter(refusal.body["fields"].items()))
            raise CommandError(f"STAFF_{name.upper()}: {problems[0]}") from None
        self.stdout.write(f"Made the member of staff {username}. Change the password after it.")
