"""People and sessions for tests, made by the real deeds, so that none is impossible."""

from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from community.sharing import share_session
from credits.ledger import adjust, balance_of
from credits.models import FeaturePricing
from sessions.models import Session
from sessions.uploading import add_media


def make_person(name, *, balance=None, **fields):
    user = User.objects.create_user(username=name, **fields)
    if balance is not None and balance != balance_of(user):
        adjust(user=user, amount=balance - balance_of(user), note="for a test")
    return user


def set_price(cost=10, **fields):
    FeaturePricing.objects.update_or_create(
        feature_key="session_create", defaults={"cost": cost, **fields}
    )


def make_session(owner, *, slides=3, **fields):
    session = Session.objects.create(owner=owner, **{"title": "Fjords in May", **fields})
    for number in range(slides):
        add_slide(session, number)
    return session


def add_slide(session, number, suffix=".jpg"):
    return add_media(
        session=session,
        file=ContentFile(picture(number), name=f"fjord {number}{suffix}"),
        media_type="image",
        content_type="image/jpeg",
        caption=f"Fjord {number}",
    )


def picture(number):
    """Bytes that no other picture has."""
    return f"picture {number} ".encode() * 50


def make_share(owner, **fields):
    return share_session(session=make_session(owner, **fields))
