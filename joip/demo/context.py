from django.conf import settings

from joip.demo.management.commands.seed_demo import PASSWORD
from joip.demo.plan import AUTHOR, BROKE, SAVER, STAFF
from joip.users.models import User

PARTS = {
    SAVER: "Noor, who has credits to save with",
    AUTHOR: "Ines, who shares",
    BROKE: "Theo, who has too few credits",
    STAFF: "Demo staff, who see the admin",
}


def people(request) -> dict:
    """Whom a visitor of the demo can sign in as with one click; their password is known."""
    if not settings.DEBUG:
        return {}
    return {"demo_people": seeded, "demo_password": PASSWORD}


def seeded() -> dict[str, str]:
    there = set(User.objects.filter(username__in=PARTS).values_list("username", flat=True))
    return {name: part for name, part in PARTS.items() if name in there}
