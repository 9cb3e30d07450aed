from django.core.management.base import BaseCommand, CommandError

from joip.demo.management.commands.seed_demo import PASSWORD
from joip.demo.plan import AUTHOR, BROKE, SAVER, STAFF
from joip.users.models import User


class Command(BaseCommand):
    help = "Fails if somebody can sign in with the demo's password, which is no secret."
    requires_system_checks = ()  # they import all views: a quarter of the start

    def handle(self, **options):
        people = User.objects.filter(username__in=[STAFF, AUTHOR, SAVER, BROKE], is_active=True)
        people = [person for person in people.order_by("pk") if person.check_password(PASSWORD)]
        if people:
            names = ", ".join(person.username for person in people)
            raise CommandError(
                f"Accounts of the demo with its password, which is no secret: {names}. "
                "Give each another (manage.py changepassword NAME), or serve other data: "
                "DATA_DIR and DATABASE_URL say where they are."
            )
