"""People and sessions for tests, made by the real deeds, so that none is impossible."""

import functools
import io
import tempfile
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from PIL import Image

from community.saving import begin_save
from community.sharing import begin_snapshot, share_session
from credits.ledger import account_of, adjust, balance_of
from credits.models import CreditAccount, FeaturePricing
from joip.media.incoming.reading import read_file
from joip.users.models import User
from sessions.models import Session
from sessions.uploading import add_external_media, add_read_files


def make_person(name, *, balance=None, **fields):
    user = User.objects.create_user(username=name, **fields)
    if balance is not None and balance != balance_of(user):
        adjust(user=user, amount=balance - balance_of(user), note="for a test")
    return user


def set_price(cost=10, **fields):
    FeaturePricing.objects.update_or_create(
        feature_key="session_create", defaults={"cost": cost, **fields}
    )


def make_premium(person, **ago):
    account = account_of(person)
    CreditAccount.objects.filter(pk=account.pk).update(
        premium_until=timezone.now() + timedelta(**ago)
    )


def make_session(owner, *, slides=3, **fields):
    session = Session.objects.create(owner=owner, **{"title": "Fjords in May", **fields})
    if slides:
        add_slides(session, *range(slides))
    return session


def add_slides(session, *numbers):
    return add_read_files(
        session=session,
        incoming=[read_picture(number) for number in numbers],
        captions=[f"Fjord {number}" for number in numbers],
    )


@functools.cache
def read_picture(number):
    """As an upload reads it; once a process, since that takes 15 ms."""
    return read_file(io.BytesIO(picture(number)), folder=read_pictures())


@functools.cache
def read_pictures():
    return Path(tempfile.mkdtemp(dir=settings.DATA_DIR))


def add_address(session):
    """A slide that shows media elsewhere: it costs no upload."""
    address = {"external_url": "https://example.org/sea.jpg", "media_type": "image"}
    return add_external_media(session=session, media=[address])


def picture(number):
    """A JPEG that differs from every other number's, and is stored byte for byte."""
    file = io.BytesIO()
    colour = number % 60 * 4, number // 60 % 60 * 4, 128
    Image.new("RGB", (8, 6), colour).save(file, "JPEG", quality=100, subsampling=0)
    return file.getvalue()


@functools.cache
def encoded(picture_format, **options):
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "teal").save(file, picture_format, **options)
    return file.getvalue()


def make_share(owner, *, slides=3, **fields):
    """Of as many uploaded slides, or of an address, since without slides there is no sharing."""
    session = make_session(owner, slides=slides, **fields)
    if not slides:
        add_address(session)
    return share_session(session=session)


def begin(share, person):
    """A paid save whose process died before it copied anything."""
    return begin_save(community_session_id=share.pk, user=person)


def begin_sharing(session):
    """The snapshot of a sharing whose process died before it copied anything."""
    with transaction.atomic():
        return begin_snapshot(session)


def let_the_lease_run_out(session):
    past = timezone.now() - timedelta(seconds=1)
    Session.objects.filter(pk=session.pk).update(copy_lease_expires_at=past)
