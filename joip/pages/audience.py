"""Who sees a session, and what has changed since it was shared, in words."""

from django.http import HttpRequest
from django.urls import reverse

from community.models import CommunityShare, Decision, ShareLink
from community.unshared_changes import UnsharedChanges, unshared_changes
from sessions.models import Session

WORDS = {
    "private": "only you",
    "link": "you, and whoever has the link",
    "members": "every member who knows its number",
    "community": "everybody in the community",
}
FIELDS = {
    "title": "title changed",
    "category_id": "category changed",
    "interval_min": "timing changed",
    "interval_max": "timing changed",
    "transition": "transition changed",
}


def audience_panel(request: HttpRequest, session: Session) -> dict:
    """Who sees the session, which is `as_shown`, and what its author may do about it."""
    shares = CommunityShare.objects.filter(session=session).select_related("snapshot")
    share = shares.first()
    link = ShareLink.objects.filter(session=session).first()
    is_offered = share is not None and share.withdrawn_at is None
    decided = Decision.objects.on_hiding().filter(share=share).order_by("-pk")
    return {
        "seen_by": WORDS[session.audience],
        "share": share,
        "is_offered": is_offered,
        "changed": share and is_offered and changed_since(share, session),
        "hidden_because": share and share.hidden_at and decided.first(),
        "link": link and request.build_absolute_uri(reverse("shared", args=[link.code])),
    }


def changed_since(share: CommunityShare, session: Session) -> str:
    """Such as "2 slides added, title changed"; empty if people see it as it is."""
    snapshot = share.snapshot
    if snapshot is None or snapshot.created_at > session.updated_at:
        return ""
    return ", ".join(sentences(unshared_changes(session, snapshot)))


def sentences(changes: UnsharedChanges) -> list[str]:
    said = [
        f"{slides(changes.added)} added" if changes.added else "",
        f"{slides(changes.removed)} deleted" if changes.removed else "",
        f"captions of {slides(changes.captioned)} changed" if changes.captioned else "",
        "order changed" if changes.is_reordered else "",
        "cover changed" if changes.has_other_cover else "",
        *dict.fromkeys(FIELDS[name] for name in changes.fields),
    ]
    return [part for part in said if part]


def slides(count: int) -> str:
    return f"{count} slide{'' if count == 1 else 's'}"
