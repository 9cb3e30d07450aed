from django.core.management.base import BaseCommand, CommandError

from credits.ledger import grant
from joip.errors import Refusal
from joip.users.models import User


class Command(BaseCommand):
    help = "Gives credits to a person, as a row of the ledger."

    def add_arguments(self, parser):
        parser.add_argument("user", help="user name")
        parser.add_argument("amount", type=int, help="credits, 1 or more")
        parser.add_argument("--note", required=True, help="why, for the ledger")

    def handle(self, *, user, amount, note, **options):
        person = User.objects.named(user)
        if person is None:
            raise CommandError(f"There is no user named {user!r}.")
        try:
            row = grant(user=person, amount=amount, note=note)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{user} has {row.balance_after} credits now (ledger row {row.pk}).")
