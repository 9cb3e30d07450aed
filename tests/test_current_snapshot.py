"""A share shows the whole snapshot of its session, whatever finishes or retires snapshots."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import CommunityShare
from community.sharing import share_session, show_current_snapshot, withdraw_session
from sessions.copying import Outcome, copy_media, fail_copy, finish
from sessions.editing import edit_session
from sessions.hooks import snapshots_changed
from sessions.models import Category, Session
from tests.factories import add_address, begin_sharing, make_session, make_share
from tests.ledgers import check_shares


def shown(session):
    share = CommunityShare.objects.get(session=session)
    return share.snapshot, share.category


def test_it_asks_the_rows_and_nothing_else(author):
    session = make_session(author, slides=0)
    category = Category.objects.create(name="Travel", slug="travel")
    CommunityShare.objects.create(session=session)
    snapshot = Session.objects.create(snapshot_of=session, media_status="failed", category=category)
    for changes, expected in [
        ({"media_status": "failed"}, (None, None)),
        ({"media_status": "ready"}, (snapshot, category)),
        ({"category": None}, (snapshot, None)),
        ({"snapshot_of": None}, (None, None)),
        ({"snapshot_of": session, "category": category}, (snapshot, category)),
    ]:
        Session.objects.filter(pk=snapshot.pk).update(**changes)
        for _ in range(2):  # it may be called any number of times
            snapshots_changed(session.pk)
        assert shown(session) == expected, changes


def test_it_is_one_statement_and_touches_no_other_share(author, share):
    other = make_share(author)
    with CaptureQueriesContext(connection) as captured:
        show_current_snapshot(share.session_id)
    assert len(captured) == 1
    assert shown(other.session)[0] == other.snapshot
    check_shares()


def test_a_snapshot_that_was_withdrawn_while_it_was_copied_is_never_shown(author):
    session = make_session(author, slides=0)
    add_address(session)
    remembered = begin_sharing(session)
    newer = begin_sharing(session)
    Session.objects.filter(pk=remembered.pk).update(snapshot_of=None)  # withdrawn, not deleted yet
    assert finish(remembered)
    assert shown(session) == (None, None)
    assert copy_media(session=newer) is Outcome.READY
    assert shown(session)[0] == newer
    check_shares()


def test_an_older_snapshot_that_is_finished_later_is_not_shown(author):
    session = make_session(author)
    older, newer = begin_sharing(session), begin_sharing(session)
    assert copy_media(session=newer) is Outcome.READY
    assert copy_media(session=older) is Outcome.GONE
    assert shown(session)[0] == newer
    check_shares()


def test_a_snapshot_that_fails_leaves_the_one_before(author, share):
    begun = begin_sharing(share.session)
    fail_copy(begun, reason="a test")
    assert shown(share.session)[0] == share.snapshot


@pytest.mark.parametrize(
    "close", [withdraw_session, lambda session: edit_session(session=session, is_public=False)]
)
def test_what_retires_the_snapshot_hides_it_at_once_and_sharing_shows_it_again(share, close):
    close(session=share.session)
    assert shown(share.session) == (None, None)
    again = share_session(session=share.session)
    assert shown(share.session)[0] == again.snapshot
    check_shares()


WRITES = {
    # Of what decides which snapshot a share shows, and who may write it.
    r"(?:update|create|begin_copy)\([^)]*\bsnapshot_of=": {
        "sessions/snapshots.py",
        "community/sharing.py",
    },
    r"(?:update|create)\([^)]*\bmedia_status=": {"sessions/copying.py"},
    r"(?:update|create)\([^)]*\bsnapshot=": {"community/sharing.py"},
    r"\.(?:snapshot_of|snapshot_of_id|media_status|snapshot_id) = ": set(),
}


@pytest.mark.parametrize("pattern", WRITES)
def test_no_other_module_updates_or_creates_what_it_depends_on(pattern):
    folders = [
        Path(settings.BASE_DIR, name) for name in ("joip", "community", "sessions", "credits")
    ]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    writers = {
        file.relative_to(settings.BASE_DIR).as_posix()
        for file in files
        if "migrations" not in file.parts and re.search(pattern, file.read_text())
    }
    assert writers == WRITES[pattern]
