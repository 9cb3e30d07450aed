"""All of a person's data as a zip, made while it is sent: nothing is stored, and little is in
memory.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.utils.encoders import JSONEncoder
from zipstream import ZipStream

from community.audiences import as_shown
from community.models import Decision, Report
from community.moderation_serializers import DecisionSerializer, ReportSerializer
from community.session_serializers import SessionSerializer
from community.share_serializers import ShareSerializer
from community.sharing import NeverShared, share_of
from credits.ledger import balance_when_read
from credits.models import CreditTransaction
from credits.pricing import is_premium
from credits.serializers import TransactionSerializer
from joip.accounts.file_names import media_name, session_folder
from joip.connection import give_back_connection
from joip.media.buckets import USER_MEDIA, get_bucket
from joip.media.copy_errors import CopyError, SourceMissing
from joip.spreadsheets import csv_lines
from joip.users.models import User
from sessions.media_serializers import SessionMediaSerializer
from sessions.models import Session, SessionMedia

PAGE = 100
MAX_FAILURES = 3  # of the store, one after the other; then it is not asked any more

# Addresses that expire: the media themselves are in the zip.
ADDRESSES = {"thumbnail", "mediaUrl", "mediaExpiresAt", "renditions"}

ABOUT = """\
Everything that JOIP stores about you, as of the time when you downloaded it.

profile.json     your account
ledger.json      every change of your credits; the same in ledger.csv
reports.json     what you have reported
decisions.json   what staff have decided about what you shared
sessions/        a folder for each session: session.json and its media
missing.txt      only there if media could not be read; ask for another download later
"""

Content = bytes | Iterable[bytes]
Entry = tuple[str, Content, int | None]  # name, content, and how many bytes it has, if known


def export_of(request: HttpRequest) -> Iterator[bytes]:
    """The bytes of the zip, for who asks. Media are not compressed again; any number and size will
    do.
    """
    user = cast(User, request.user)
    archive = ZipStream()
    missing: list[str] = []
    for name, content, size in chain(
        entries_about(user), entries_of_sessions(user, request, missing)
    ):
        archive.add(content, name, size=size)
        yield from archive.all_files()
    if missing:
        archive.add("".join(f"{name}\n" for name in missing), "missing.txt")
    yield from archive.finalize()


def entries_about(user: User) -> Iterator[Entry]:
    reports = Report.objects.filter(reporter=user).select_related("decision")
    decisions = Decision.objects.on_hiding().filter(share__session__owner=user)
    ledger = CreditTransaction.objects.filter(account=user.pk)
    yield "about.txt", ABOUT.encode(), None
    yield "profile.json", as_json(profile(user)), None
    yield "ledger.json", json_list(ledger, transaction_json), None
    yield "ledger.csv", map(str.encode, csv_lines(ledger_table(ledger))), None
    yield "reports.json", json_list(reports, lambda row: ReportSerializer(row).data), None
    decided = decisions.select_related("share", "cause")
    yield "decisions.json", json_list(decided, decision_json), None


def profile(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "displayName": user.display_name,
        "email": user.email,
        "emailConfirmedAt": user.email_confirmed_at,
        "newEmail": user.new_email,
        "joinedAt": user.date_joined,
        "lastSignInAt": user.last_login,
        "isStaff": user.is_staff,
        "isPremium": is_premium(user),
        "balance": balance_when_read(user),
        "apiTokens": list(user.api_tokens.values("name", "scope", "created_at", "last_used_at")),
    }


def transaction_json(row: CreditTransaction) -> dict[str, Any]:
    return dict(TransactionSerializer(row).data)


def decision_json(decision: Decision) -> dict[str, Any]:
    session = decision.share.session_id if decision.share else None
    return {"sessionId": session, "title": decision.title, **DecisionSerializer(decision).data}


def entries_of_sessions(user: User, request: HttpRequest, missing: list[str]) -> Iterator[Entry]:
    """Names that could not be read are added to `missing`."""
    sessions = as_shown(Session.objects.owned_by(user)).select_related("category")
    store = PatientStore()
    for session in pages(sessions):
        folder = session_folder(session)
        slides = list(session.media.all())
        told = session_json(session, request)
        give_back_connection()  # while the store and the client take their time
        files: dict[int, str] = {}
        for number, slide in enumerate(slides, start=1):
            name = f"{folder}/{media_name(slide, number)}"
            if slide.bucket != USER_MEDIA:
                continue  # external, or not copied yet
            content = store.read(slide, name, missing)
            if content is not None:
                files[slide.pk] = name.rpartition("/")[2]
                yield name, content, slide.size
        media = [slide_json(slide, files.get(slide.pk)) for slide in slides]
        yield f"{folder}/session.json", as_json(told | {"media": media}), None


def session_json(session: Session, request: HttpRequest) -> dict[str, Any]:
    share = None
    with suppress(NeverShared):
        share = ShareSerializer(share_of(session)).data
    return {
        **without_addresses(SessionSerializer(session, context={"request": request}).data),
        "category": session.category and session.category.name,
        "communityShare": share,
    }


def slide_json(slide: SessionMedia, file: str | None) -> dict[str, Any]:
    """`file` is its name beside this one; null where it is elsewhere, or not here yet."""
    shown = without_addresses(SessionMediaSerializer(slide).data)
    return {**shown, "file": file, "externalUrl": slide.external_url or None}


def without_addresses(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in ADDRESSES}


class PatientStore:
    """The media store, which is left alone once it has failed several times running."""

    def __init__(self) -> None:
        self.failures = 0

    def read(self, slide: SessionMedia, name: str, missing: list[str]) -> Iterator[bytes] | None:
        """None if the object cannot be read. If it breaks off, it is named as incomplete."""
        chunks = get_bucket(slide.bucket).chunks(slide.key)
        try:
            if self.failures >= MAX_FAILURES:
                raise CopyError("the store has failed")
            first = next(chunks, b"")
        except CopyError as error:
            self.failures += not isinstance(error, SourceMissing)
            missing.append(name)
            return None
        self.failures = 0
        return until_it_breaks_off(chain([first], chunks), name, missing)


def until_it_breaks_off(chunks: Iterable[bytes], name: str, missing: list[str]) -> Iterator[bytes]:
    try:
        yield from chunks
    except CopyError:
        missing.append(f"{name} (incomplete)")


def as_json(data: Any) -> bytes:
    return json.dumps(data, cls=JSONEncoder, ensure_ascii=False, indent=2).encode()


def json_list(rows: "QuerySet[Any]", shown: Callable[[Any], Any]) -> Iterator[bytes]:
    before = b"["
    for row in pages(rows):
        yield before + b"\n" + as_json(shown(row))
        before = b","
    yield b"[]\n" if before == b"[" else b"\n]\n"


def ledger_table(ledger: "QuerySet[CreditTransaction]") -> Iterator[Iterable[Any]]:
    names = TransactionSerializer.Meta.fields
    yield names
    for row in pages(ledger):
        yield map(transaction_json(row).get, names)


def pages(rows: "QuerySet[Any]") -> Iterator[Any]:
    """The rows by their ids. Each page is a statement of its own: the client may be slow."""
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:PAGE]):
        give_back_connection()
        yield from page
        last = page[-1].pk
