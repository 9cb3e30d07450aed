from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError

from community.models import CommunityShare
from community.moderation import unhide_share
from community.sharing import share_session
from credits.ledger import adjust, balance_of
from credits.models import FeaturePricing
from credits.pricing import SESSION_CREATE
from joip.demo.landscapes import bowl, landscape
from joip.users.models import User
from sessions.categories import Category
from sessions.copying import READY
from sessions.models import Session
from sessions.uploading import add_files

STAFF, AUTHOR, SAVER, BROKE = "demo-staff", "ines", "noor", "theo"
PASSWORD = "lanterns-by-the-lake"  # known to all: only for debugging servers
COST = 10
BALANCES = {SAVER: 50, BROKE: 5}

CATEGORIES = {"landscapes": "Landscapes", "travel": "Travel", "recipes": "Recipes"}
VIDEO = Path(settings.BASE_DIR, "joip", "demo", "clouds.mp4")
VIDEO_CAPTION = "Clouds over the lake, until we had to go"

SESSIONS = [
    {
        "title": "Fjords in May",
        "category": "landscapes",
        "subreddits": ["landscape", "hiking"],
        "transition": "fade",
        "pictures": {
            "The first morning, and nobody else on the water": 0,
            "Up before the light": 1,
            "The same bay at midnight": 2,
            "Birches by the path": 3,
            "Last light on the far shore": 8,
            "Fog came in from the sea": 10,
        },
        "video": True,
    },
    {
        "title": "By slow train to the coast",
        "category": "travel",
        "subreddits": ["travel"],
        "transition": "slide",
        "pictures": {
            "Leaving at dawn": 6,
            "Snow until the second tunnel": 5,
            "Red hills after lunch": 4,
            "A lake that was not on the map": 12,
            "Nearly there": 13,
        },
    },
    {
        "title": "Four soups for a cold week",
        "category": "recipes",
        "subreddits": ["soup"],
        "transition": "zoom",
        "pictures": {
            "Monday: tomato, with basil": 0,
            "Tuesday: pumpkin, with ginger": 1,
            "Wednesday: peas, with mint": 2,
            "Thursday: beetroot, with cream": 3,
        },
        "draw": bowl,
    },
]

LOGINS = f"""\
    {STAFF:<12}staff: sees the admin
    {AUTHOR:<12}has shared {len(SESSIONS)} sessions
    {SAVER:<12}has credits to save them with
    {BROKE:<12}has too few credits to save one
    The password of each is {PASSWORD}"""


class Command(BaseCommand):
    help = (
        "Fills a debugging server with demo people, sessions and shares. Running it again "
        "restores what is missing and changes nothing else."
    )

    def handle(self, *, verbosity, **options):
        if not settings.DEBUG:
            raise CommandError("This makes people whose passwords are known: only with DEBUG=true.")
        if User.objects.exists() and not User.objects.filter(username=STAFF).exists():
            raise CommandError("This database has people of its own. Set DATA_DIR to a new folder.")
        make_person(STAFF, "Demo staff", is_staff=True, is_superuser=True)
        author = make_person(AUTHOR, "Ines")
        make_person(SAVER, "Noor")
        make_person(BROKE, "Theo")
        FeaturePricing.objects.update_or_create(
            feature_key=SESSION_CREATE,
            defaults={"cost": COST, "premium_only": False, "is_active": True},
        )
        restore_balances()
        for planned in SESSIONS:
            make_share(author, **planned)
        if verbosity:
            self.stdout.write(LOGINS)


def make_person(username, display_name, **rights):
    user, _ = User.objects.update_or_create(
        username=username, defaults={"display_name": display_name, "is_active": True, **rights}
    )
    if not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    return user


def restore_balances():
    for username, balance in BALANCES.items():
        user = User.objects.get(username=username)
        missing = balance - balance_of(user)
        if missing:
            adjust(user=user, amount=missing, note=f"Demo: back to {balance} credits")


def make_share(author, *, title, category, pictures, draw=landscape, video=False, **fields):
    session, _ = Session.objects.get_or_create(
        owner=author, title=title, defaults={"category": make_category(category), **fields}
    )
    for caption, number in pictures.items():
        if not session.media.filter(caption=caption).exists():
            add_slide(session, caption, draw(number))
    if video and not session.media.filter(caption=VIDEO_CAPTION).exists():
        add_slide(session, VIDEO_CAPTION, VIDEO.read_bytes())
    share = CommunityShare.objects.filter(session=session, withdrawn_at=None).first()
    if not share or not session.snapshots.filter(media_status=READY).exists():
        share = share_session(session=session)
    if share.hidden_at:
        unhide_share(share=share, note="Demo: back to the beginning")


def make_category(slug):
    category, _ = Category.objects.get_or_create(
        slug=slug,
        defaults={
            "name": CATEGORIES[slug],
            "is_default": not Category.objects.filter(is_default=True).exists(),
        },
    )
    return category


def add_slide(session, caption, data):
    add_files(session=session, files=[ContentFile(data)], captions=[caption])
