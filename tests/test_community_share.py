"""Sharing, withdrawing and forbidding over HTTP: by PATCH of a session, or by its share."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import CommunityShare
from community.moderation import hide_share
from community.sharing import withdraw_session
from credits.ledger import balance_of
from sessions.copying import copy_media
from sessions.deletion import delete_session
from sessions.editing import delete_slide
from sessions.models import Session
from tests.factories import (
    add_slides,
    begin_sharing,
    let_the_lease_run_out,
    make_session,
    set_price,
)
from tests.ledgers import check_ledger, check_objects

FAILED = {"error": "The media could not be copied", "code": "MEDIA_COPY_FAILED"}
NEVER_SHARED = (
    404,
    {"message": "This session was never shared to the community", "code": "NEVER_SHARED"},
)
WITHDRAWN = {"state": "withdrawn", "mediaStatus": None, "changedSinceSharing": None}


@pytest.fixture
def ask_of(client, author):
    """Lets the author ask something of a session's share, or of the session itself."""
    set_price(10)

    def ask_of(session):
        def ask(method, path="/community-share", **body):
            client.force_login(author)
            address = f"/api/sessions/{session.pk}{path}"
            answer = getattr(client, method)(address, body, format="json")
            return answer.status_code, answer.json()

        return ask

    return ask_of


@pytest.fixture
def session(client, author):
    set_price(10)
    client.force_login(author)
    return make_session(author)


@pytest.fixture
def ask(ask_of, session):
    return ask_of(session)


def shared(session, **fields):
    share = CommunityShare.objects.get(session=session)
    return {
        "id": share.pk,
        "sessionId": session.pk,
        "state": "open",
        "mediaStatus": "ready",
        "changedSinceSharing": False,
        "isPublic": True,
        "audience": "community",
        "allowSaves": True,
        "allowFeaturing": False,
        "saveCount": 0,
        "sharedAt": share.shared_at.isoformat().replace("+00:00", "Z"),
        "decision": None,
    } | fields


def snapshots(session):
    return list(Session.objects.filter(snapshot_of=session).order_by("pk"))


def test_sharing_answers_with_the_share(session, ask):
    answer = ask("post")
    assert answer == (200, shared(session))
    assert ask("get") == answer


def test_sharing_again_refreshes_it_under_the_same_id_and_time(session, ask):
    answer = ask("post")
    (first,) = snapshots(session)
    add_slides(session, 7)
    assert ask("post") == answer
    (second,) = snapshots(session)
    assert (first.pk < second.pk, second.media.count()) == (True, 4)
    check_objects()


def test_withdrawing_says_who_sees_the_session_now(session, ask):
    ask("post")
    withdrawn = WITHDRAWN | {"isPublic": False}
    answer = ask("delete")
    assert answer == (200, shared(session, audience="private", **withdrawn))
    assert ask("delete") == answer
    assert not snapshots(session)
    check_objects()


def test_what_was_never_shared_has_no_share(session, ask):
    for method, body in [("get", {}), ("delete", {}), ("patch", {"allowSaves": False})]:
        assert ask(method, **body) == NEVER_SHARED
    session.refresh_from_db()
    assert not session.is_public


def test_the_same_is_done_by_changing_the_session(session, ask):
    status, body = ask("patch", "", title="Fjords in June", shareToCommunity=True)
    assert (status, body["title"], body["isPublic"]) == (200, "Fjords in June", True)
    assert [snapshot.title for snapshot in snapshots(session)] == ["Fjords in June"]
    assert ask("get") == (200, shared(session))
    status, body = ask("patch", "", shareToCommunity=False)
    assert (status, body["isPublic"]) == (200, False)
    assert ask("get")[1]["state"] == "withdrawn"


def test_a_change_without_a_word_on_sharing_shares_nothing(session, ask):
    ask("patch", "", title="Fjords in June")
    assert ask("get") == NEVER_SHARED
    assert ask("patch", "", shareToCommunity=False)[0] == 200
    assert ask("get") == NEVER_SHARED


EMPTY = (409, {"error": "A session without slides cannot be shared", "code": "SESSION_EMPTY"})


def test_a_new_session_has_no_slides_to_share(client, session, author):
    body = {"title": "Lakes", "subreddits": "lakes", "shareToCommunity": True}
    answer = client.post("/api/sessions", body, format="json")
    assert (answer.status_code, answer.json()) == EMPTY
    assert (author.library.get(), balance_of(author)) == (session, 50)
    body["shareToCommunity"] = False
    assert client.post("/api/sessions", body, format="json").status_code == 201


def test_a_session_without_slides_is_not_shared_nor_changed(author, ask_of):
    session = make_session(author, slides=0)
    ask = ask_of(session)
    assert ask("post") == EMPTY
    assert ask("patch", "", title="Lakes", shareToCommunity=True) == EMPTY
    session.refresh_from_db()
    assert (session.title, session.is_public) == ("Fjords in May", False)
    assert ask("get") == NEVER_SHARED


def test_a_shared_session_that_loses_its_slides_is_seen_as_it_was(session, ask):
    answer = ask("post")
    for slide in session.media.all():
        delete_slide(slide=slide)
    answer[1]["changedSinceSharing"] = True
    assert ask("get") == answer
    assert [snapshot.media.count() for snapshot in snapshots(session)] == [3]
    assert ask("post") == EMPTY
    assert ask("get") == answer
    check_objects()


def test_what_is_refused_is_neither_created_nor_paid_for(client, session, author):
    body = {"title": "Lakes", "isPublic": False, "shareToCommunity": True}
    answer = client.post("/api/sessions", body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["shareToCommunity"])
    assert author.library.get() == session
    assert balance_of(author) == 50


def test_a_private_session_is_not_shared(session, ask):
    status, body = ask("patch", "", title="Lakes", isPublic=False, shareToCommunity=True)
    assert (status, list(body["fields"])) == (400, ["shareToCommunity"])
    session.refresh_from_db()
    assert (session.title, session.is_public) == ("Fjords in May", False)


@pytest.mark.parametrize("status", ["copying", "failed"])
def test_a_session_that_is_not_whole_is_not_shared_nor_changed(session, ask, status):
    lease = session.created_at if status == "copying" else None
    Session.objects.filter(pk=session.pk).update(media_status=status, copy_lease_expires_at=lease)
    not_ready = {
        "error": "Only a session whose media are complete can be shared",
        "code": "SESSION_NOT_READY",
    }
    assert ask("post") == (409, not_ready)
    assert ask("patch", "", title="Lakes", shareToCommunity=True) == (409, not_ready)
    session.refresh_from_db()
    assert (session.title, session.is_public) == ("Fjords in May", False)
    assert ask("get") == NEVER_SHARED


def test_making_it_private_withdraws_the_share(session, ask):
    ask("post")
    ask("patch", "", isPublic=False)
    private = WITHDRAWN | {"isPublic": False, "audience": "private"}
    assert ask("get") == (200, shared(session, **private))
    ask("patch", "", isPublic=True)
    assert ask("get") == (200, shared(session, audience="members", **WITHDRAWN))
    assert ask("post") == (200, shared(session))


def test_staff_hiding_it_is_no_secret_to_the_owner(session, ask):
    ask("post")
    hide_share(share=CommunityShare.objects.get(), reason="spam", sentence="It sells soup.")
    for method in ("get", "post"):
        status, share = ask(method)
        decision = share.pop("decision")
        assert (status, share | {"decision": None}) == (200, shared(session, state="hidden"))
        assert (decision["reason"], decision["sentence"]) == ("spam", "It sells soup.")


def test_a_copy_that_failed_says_so_and_can_be_tried_again(proxy, author, ask_of):
    session = make_session(author)
    ask = ask_of(session)
    proxy.fail_copies(403)
    assert ask("post") == (503, FAILED)
    assert ask("get") == (200, shared(session, state="incomplete", mediaStatus="failed"))
    assert ask("patch", "", title="Lakes", shareToCommunity=True) == (503, FAILED)
    assert len(snapshots(session)) == 1
    proxy.rules.clear()
    assert ask("post") == (200, shared(session))
    assert [snapshot.title for snapshot in snapshots(session)] == ["Lakes"]
    check_objects()


def test_a_new_snapshot_that_failed_leaves_the_one_before_and_says_so(proxy, author, ask_of):
    session = make_session(author)
    ask = ask_of(session)
    ask("post")
    proxy.fail_copies(403)
    assert ask("post") == (503, FAILED)
    assert ask("get") == (200, shared(session, state="open", mediaStatus="failed"))
    proxy.rules.clear()
    ask("post")
    assert len(snapshots(session)) == 1
    check_objects()


def test_a_share_whose_process_died_is_finished_by_resume_copies(session, ask):
    snapshot = begin_sharing(session)
    assert ask("get") == (200, shared(session, state="incomplete", mediaStatus="copying"))
    let_the_lease_run_out(snapshot)
    call_command("resume_copies")
    assert ask("get") == (200, shared(session))
    check_objects()


def test_a_session_deleted_while_it_is_shared_leaves_nothing(proxy, author, ask_of):
    session = make_session(author)
    proxy.in_mid_copy(lambda: delete_session(session=session))
    assert ask_of(session)("post")[0] == 404
    assert not Session.objects.exists()
    check_objects()


def test_a_share_withdrawn_while_it_is_copied_stays_withdrawn(proxy, author, ask_of):
    session = make_session(author)
    proxy.in_mid_copy(lambda: withdraw_session(session=session))
    status, body = ask_of(session)("post")
    assert (status, body["state"]) == (200, "withdrawn")
    assert not snapshots(session)
    check_objects()


def test_a_slide_deleted_while_it_is_shared_stays_in_the_snapshot_and_leaves_no_object(
    proxy, author, ask_of
):
    session = make_session(author)
    proxy.in_mid_copy(lambda: delete_slide(slide=session.media.first()))
    assert ask_of(session)("post")[1]["state"] == "open"
    assert [snapshot.media.count() for snapshot in snapshots(session)] == [3]
    assert session.media.count() == 2
    check_objects()


def test_a_slide_and_then_the_session_deleted_while_it_is_shared_leave_no_object(
    proxy, author, ask_of
):
    session = make_session(author)

    def delete():
        delete_slide(slide=session.media.first())
        delete_session(session=session)

    proxy.in_mid_copy(delete)
    assert ask_of(session)("post")[0] == 404
    check_objects()


def test_finishing_a_snapshot_that_was_retired_touches_no_other(session):
    snapshot = begin_sharing(session)
    Session.objects.snapshots().update(snapshot_of=None)
    with CaptureQueriesContext(connection) as captured:
        copy_media(session=snapshot)
    updates = [q["sql"] for q in captured if 'SET "snapshot_of_id"' in q["sql"]]
    assert [update for update in updates if "IS NULL" in update] == []
    assert not Session.objects.snapshots().exists()


def test_saving_can_be_forbidden_and_allowed(session, ask, saver, save):
    ask("post", allowSaves=False)
    share = CommunityShare.objects.get()
    refusal = {"error": "The author does not allow saving", "code": "SAVING_NOT_ALLOWED"}
    assert save(share, saver) == (403, refusal)
    assert (balance_of(saver), saver.library.count()) == (50, 0)
    share.refresh_from_db()
    assert share.save_count == 0


def test_what_is_allowed_stays_so_when_it_is_shared_again(session, ask):
    ask("post", allowSaves=False)
    assert ask("post") == (200, shared(session, allowSaves=False))
    assert ask("patch", allowSaves=True) == (200, shared(session))


def test_earlier_copies_stay_when_saving_is_forbidden(session, ask, saver, save):
    ask("post")
    share = CommunityShare.objects.get()
    _, first = save(share, saver)
    assert ask("patch", allowSaves=False) == (200, shared(session, allowSaves=False, saveCount=1))
    assert save(share, saver) == (200, first | {"reused": True})
    check_ledger()


@pytest.mark.parametrize(
    ("method", "body", "field"),
    [
        ("post", {"allowSaves": "perhaps"}, "allowSaves"),
        ("post", {"saveCount": 100}, "saveCount"),
        ("patch", {}, "allowSaves"),
        ("patch", {"allowSaves": None}, "allowSaves"),
        ("patch", {"hidden": False}, "hidden"),
    ],
)
def test_a_senseless_field_is_named(session, ask, method, body, field):
    ask("post")
    before = ask("get")
    status, answer = ask(method, **body)
    assert (status, list(answer["fields"])) == (400, [field])
    assert ask("get") == before
