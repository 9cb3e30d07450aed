import json

from django.core.management.base import BaseCommand, CommandError

from community.saving import save_session
from joip.api.ids import read_session_id
from joip.errors import Refusal
from joip.users.models import User


class Command(BaseCommand):
    help = "Saves a community session into a person's library, like the API does."

    def add_arguments(self, parser):
        parser.add_argument("community_session_id", metavar="ID", help="community session ID")
        parser.add_argument("--user", required=True, help="user name; this person pays")
        parser.add_argument("--waive-credits", action="store_true", help="nobody pays")

    def handle(self, *, community_session_id, user, waive_credits, **options):
        person = User.objects.named(user)
        if person is None:
            raise CommandError(f"There is no user named {user!r}.")
        try:
            saved = save_session(
                community_session_id=read_session_id(community_session_id),
                user=person,
                waive_credits=waive_credits,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(json.dumps(saved.as_json()))
