import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from io import BytesIO

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError

from community.featuring import HomePageFull, feature_share
from community.models import CommunityShare
from community.moderation import unhide_share
from community.saving import save_session
from community.sharing import edit_share, share_session
from credits.ledger import adjust, balance_of
from credits.models import FeaturePricing
from credits.pricing import SESSION_CREATE
from joip.demo.plan import AUTHOR, BROKE, CATEGORIES, CREATORS, SAVER, STAFF, plans
from joip.media.incoming.folders import temporary_folder
from joip.media.incoming.reading import read_file
from joip.users.models import User
from sessions.categories import Category
from sessions.copying import READY
from sessions.models import Session
from sessions.uploading import add_read_files

PASSWORD = "lanterns-by-the-lake"  # known to all: only for debugging servers
COST = 10
BALANCES = {SAVER: 50, BROKE: 5}

LOGINS = f"""\
    {STAFF:<12}staff: sees the admin
    {AUTHOR:<12}shares slideshows
    {SAVER:<12}has credits to save them with
    {BROKE:<12}has too few credits to save one
    The password of each is {PASSWORD}"""


class Command(BaseCommand):
    help = (
        "Fills a debugging server with demo people, sessions and shares. Running it again "
        "restores what is missing and changes nothing else."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--full",
            action="store_true",
            help="pictures and videos of the size that cameras make; without, tiny ones, and few",
        )

    def handle(self, *, verbosity, full, **options):
        if not settings.DEBUG:
            raise CommandError("This makes people whose passwords are known: only with DEBUG=true.")
        if User.objects.exists() and not User.objects.filter(username=STAFF).exists():
            raise CommandError("This database has people of its own. Set DATA_DIR to a new folder.")
        make_people()
        FeaturePricing.objects.update_or_create(
            feature_key=SESSION_CREATE,
            defaults={"cost": COST, "premium_only": False, "is_active": True},
        )
        restore_balances()
        planned = [(plan, make_session(plan)) for plan in plans(full=full)]
        add_slides(planned, full=full)
        for plan, session in planned:
            make_share(session, plan)
        for plan, session in planned:
            if plan.is_featured:
                feature(session)
        restore_balances()
        if verbosity:
            self.stdout.write(LOGINS)


def make_people():
    make_person(STAFF, "Demo staff", is_staff=True, is_superuser=True)
    for username, display_name in {AUTHOR: "Ines", SAVER: "Noor", BROKE: "Theo"}.items():
        make_person(username, display_name)
    for username, display_name in CREATORS.items():
        defaults = {"display_name": display_name, "password": make_password(None)}
        User.objects.get_or_create(username=username, defaults=defaults)


def make_person(username, display_name, **rights):
    user, is_new = User.objects.update_or_create(
        username=username, defaults={"display_name": display_name, "is_active": True, **rights}
    )
    # Of a new person it is known; Django would spend as long as on a password that is wrong.
    if is_new or not user.check_password(PASSWORD):
        user.password = hashed_password()
        user.save(update_fields=["password"])


@cache
def hashed_password():
    """One for all, since everybody knows what it hashes: each would take a quarter of a second."""
    return make_password(PASSWORD)


def restore_balances():
    for username, balance in BALANCES.items():
        user = User.objects.get(username=username)
        missing = balance - balance_of(user)
        if missing:
            adjust(user=user, amount=missing, note=f"Demo: back to {balance} credits")


def make_session(plan):
    session, _ = Session.objects.get_or_create(
        owner=User.objects.get(username=plan.owner),
        title=plan.title,
        defaults={"category": make_category(plan.category), **plan.fields},
    )
    return session


def make_category(slug):
    category, _ = Category.objects.get_or_create(
        slug=slug,
        defaults={
            "name": CATEGORIES[slug],
            "is_default": not Category.objects.filter(is_default=True).exists(),
        },
    )
    return category


def add_slides(planned, *, full):
    """Drawn and read on all cores while the finished ones are stored, session by session."""
    with temporary_folder(settings.DATA_DIR) as folder, ThreadPoolExecutor(os.cpu_count()) as pool:

        def draw(slide):
            return read_file(BytesIO(slide.data(full=full)), folder=folder)

        drawn = []
        for plan, session in planned:
            there = set(session.media.values_list("caption", flat=True))
            missing = [slide for slide in plan.slides if slide.caption not in there]
            drawn.append((session, missing, [pool.submit(draw, slide) for slide in missing]))
        for session, missing, files in drawn:
            if missing:
                add_read_files(
                    session=session,
                    incoming=[file.result() for file in files],
                    captions=[slide.caption for slide in missing],
                )


def make_share(session, plan):
    share = CommunityShare.objects.filter(session=session, withdrawn_at=None).first()
    if not share or not session.snapshots.filter(media_status=READY).exists():
        share = share_session(session=session, allow_saves=plan.allow_saves)
    if share.hidden_at:
        unhide_share(share=share, note="Demo: back to the beginning")
    for username in plan.savers:
        saver = User.objects.get(username=username)
        save_session(community_session_id=share.pk, user=saver, actor=saver)


def feature(session):
    share = edit_share(session=session, allow_featuring=True)
    with suppress(HomePageFull):
        feature_share(share=share)
