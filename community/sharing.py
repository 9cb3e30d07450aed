from django.db import transaction
from django.utils import timezone

from community.models import CommunityShare
from joip.errors import Refusal
from sessions.claims import READY, begin_copy
from sessions.copying import copy_media
from sessions.deletion import retire_snapshots
from sessions.locks import lock_session
from sessions.models import Session


class SessionNotReady(Refusal):
    status = 409
    body = {
        "error": "Only a session whose media are complete can be shared",
        "code": "SESSION_NOT_READY",
    }


def share_session(*, session: Session) -> CommunityShare:
    """Make the session public, and a frozen snapshot of it that people can save.

    Sharing again makes a new edition under the same community id; until it is
    whole, savers get the one before. Raises SessionNotFound (404), SessionNotReady
    (409), and MediaCopyFailed (503): the share is then there, without a new edition.
    """
    with transaction.atomic(durable=True):
        session = lock_session(session.pk)
        if session.media_status != READY:
            raise SessionNotReady
        Session.objects.filter(pk=session.pk).update(is_public=True)
        share, _ = CommunityShare.objects.get_or_create(session=session)
        if share.withdrawn_at:
            share.shared_at, share.withdrawn_at = timezone.now(), None
            share.save(update_fields=["shared_at", "withdrawn_at"])
        snapshot = begin_copy(source=session, snapshot_of=session)
    copy_media(session=snapshot)
    return share


@transaction.atomic
def withdraw_session(*, session: Session) -> None:
    """End the offer, and retire every edition. The session stays public; saved copies live on.

    Raises SessionNotFound (404).
    """
    # An edition may just be beginning or ending, and would be overlooked.
    lock_session(session.pk)
    CommunityShare.objects.filter(session=session, withdrawn_at=None).update(
        withdrawn_at=timezone.now()
    )
    retire_snapshots(session)
