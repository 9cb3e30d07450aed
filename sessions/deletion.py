from django.db import transaction

from sessions.copying import fail_copy
from sessions.locks import lock_session
from sessions.models import Session
from sessions.snapshots import delete_with_objects, retire_snapshots


@transaction.atomic
def delete_session(*, session: Session) -> None:
    """Delete a session with its slides, share, link and snapshots; objects follow after commit.

    A copy that is still under way is ended as failed and refunded first. Copies that others
    saved live on.
    """
    session = lock_session(session.pk)
    if session.media_status == Session.MediaStatus.COPYING:
        fail_copy(session, reason="deleted")
    # Before the objects: slides of a snapshot that is still being copied name the session's own.
    retire_snapshots(session)
    delete_with_objects(session)
