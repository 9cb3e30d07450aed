"""People's sessions in the admin."""

import json
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.core.files.storage import storages
from django.utils import timezone

from community.models import CommunityShare
from credits.ledger import balance_of
from sessions.leases import MAX_TAKEOVERS
from sessions.models import Category, Session, SessionMedia
from tests.factories import begin, make_session
from tests.ledgers import check_ledger, check_objects

LIST = "/admin/library/session/"


@pytest.fixture
def begun(share, saver):
    """A save that is paid for, and whose process has died."""
    session = begin(share, saver)
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.filter(pk=session.pk).update(copy_lease_expires_at=long_ago)
    return session


def run(client, action, *sessions, **fields):
    data = {"action": action, "_selected_action": [session.pk for session in sessions], **fields}
    answer = client.post(LIST, data)
    return [str(message) for message in get_messages(answer.wsgi_request)]


def form_of(session, **changes):
    """What the browser sends for this session's page."""
    slides = list(session.media.all())
    data = {
        "title": session.title,
        "interval_min": session.interval_min,
        "interval_max": session.interval_max,
        "transition": session.transition,
        "subreddits": json.dumps(session.subreddits),
        "initial-subreddits": json.dumps(session.subreddits),
        "is_manual_mode": "on" if session.is_manual_mode else "",
        "media-TOTAL_FORMS": len(slides),
        "media-INITIAL_FORMS": len(slides),
    }
    for number, slide in enumerate(slides):
        data[f"media-{number}-id"] = slide.pk
        data[f"media-{number}-session"] = session.pk
        data[f"media-{number}-caption"] = slide.caption
    return data | changes


def change(client, session, **changes):
    return client.post(f"{LIST}{session.pk}/change/", form_of(session, **changes))


def test_a_page_shows_pictures_and_links_to_the_rest(admin_client, author):
    session = make_session(author, slides=1)
    SessionMedia.objects.create(
        session=session, order=1, media_type="video", external_url="https://example.org/waves.mp4"
    )
    page = admin_client.get(f"{LIST}{session.pk}/change/").content.decode()
    assert page.count('loading="lazy"') == 1
    assert '<a href="https://example.org/waves.mp4" rel="noreferrer">video elsewhere</a>' in page


def test_an_edit_changes_the_session_and_its_captions(admin_client, author):
    session = make_session(author)
    changes = {"title": "Fjords in June", "media-1-caption": "A ferry", "subreddits": '["fjords"]'}
    assert change(admin_client, session, **changes).status_code == 302
    session.refresh_from_db()
    assert (session.title, session.subreddits) == ("Fjords in June", ["fjords"])
    captions = session.media.values_list("caption", flat=True)
    assert list(captions) == ["Fjord 0", "A ferry", "Fjord 2"]


def test_making_a_session_private_withdraws_its_share(admin_client, share):
    assert change(admin_client, share.session).status_code == 302  # without `is_public`
    share.refresh_from_db()
    share.session.refresh_from_db()
    assert (share.session.is_public, share.snapshot, share.is_open) == (False, None, False)
    assert share.withdrawn_at
    check_objects()


def test_an_edit_does_not_disturb_a_copy_that_goes_on_meanwhile(admin_client, begun):
    data = form_of(begun, title="Fjords in June", **{"media-0-caption": "A ferry"})
    run(admin_client, "resume", begun)  # after the page was opened, before it is sent
    assert admin_client.post(f"{LIST}{begun.pk}/change/", data).status_code == 302
    begun.refresh_from_db()
    assert (begun.title, begun.media_status) == ("Fjords in June", "ready")
    assert begun.media.first().caption == "A ferry"
    check_objects()


def test_what_the_copy_and_the_import_say_cannot_be_edited(admin_client, begun, author):
    before = Session.objects.values().get(pk=begun.pk)
    change(
        admin_client,
        begun,
        owner=author.pk,
        import_source="",
        import_url="community:1",
        is_imported="on",
        media_status="ready",
        copy_attempt=9,
        charge="",
        charge_waived="on",
        copied_from="",
        snapshot_of=begun.pk,
    )
    after = Session.objects.values().get(pk=begun.pk)
    assert after == before | {"updated_at": after["updated_at"]}


@pytest.mark.parametrize("subreddits", ["", "[]"])
def test_subreddits_may_be_empty(admin_client, author, subreddits):
    session = make_session(author, slides=0, subreddits=["fjords"])
    assert change(admin_client, session, subreddits=subreddits).status_code == 302
    session.refresh_from_db()
    assert session.subreddits == []


@pytest.mark.parametrize(
    "changes",
    [{"subreddits": '{"a": 1}'}, {"subreddits": "[1]"}, {"interval_min": 9, "interval_max": 3}],
)
def test_nonsense_is_asked_again(admin_client, author, changes):
    answer = change(admin_client, make_session(author, slides=0), **changes)
    assert answer.status_code == 200
    assert answer.context["errors"]


def test_a_copy_whose_process_died_is_resumed(admin_client, begun):
    run(admin_client, "resume", begun)
    assert run(admin_client, "resume", begun) == [
        "Fjords in May: resumed and complete.",
        "Fjords in May: nothing to resume.",
    ]
    check_ledger()
    check_objects()


def test_a_copy_that_cannot_be_resumed_says_so_and_is_refunded(admin_client, begun, saver):
    Session.objects.filter(pk=begun.pk).update(copy_takeovers=MAX_TAKEOVERS)
    said = run(admin_client, "resume", begun)
    assert said == ["Fjords in May: the media could not be copied, and the charge is refunded."]
    assert balance_of(saver) == 50


def test_staff_who_may_only_look_cannot_resume(client, begun, staff_who_may):
    client.force_login(staff_who_may("view_session"))
    client.post(LIST, {"action": "resume", "_selected_action": begun.pk})
    begun.refresh_from_db()
    assert begun.media_status == "copying"


@pytest.fixture
def delete_one(admin_client):
    def delete_one(session):
        path = f"{LIST}{session.pk}/delete/"
        page = admin_client.get(path)
        assert not page.context["perms_lacking"]
        assert not page.context["protected"]
        assert admin_client.post(path, {"post": "yes"}).status_code == 302

    return delete_one


@pytest.fixture
def delete_from_list(admin_client):
    def delete_from_list(session):
        run(admin_client, "delete_selected", session, post="yes")

    return delete_from_list


@pytest.fixture(params=["delete_one", "delete_from_list"])
def delete(request):
    return request.getfixturevalue(request.param)


def test_deleting_a_shared_session_leaves_the_saved_copies(delete, share, saver, save):
    save(share, saver)
    delete(share.session)
    assert not CommunityShare.objects.exists()
    assert list(Session.objects.all()) == [saver.library.get()]
    check_ledger()
    check_objects()


def test_deleting_a_paid_copy_keeps_the_ledger(delete, share, saver, save):
    save(share, saver)
    delete(saver.library.get())
    assert not saver.library.exists()
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_deleting_a_copy_in_flight_refunds_it(delete, begun, saver):
    delete(begun)
    assert not saver.library.exists()
    assert balance_of(saver) == 50
    check_ledger()
    check_objects()


def test_staff_delete_a_shared_session_without_a_right_to_delete_shares(
    client, share, staff_who_may
):
    client.force_login(staff_who_may("view_session", "delete_session"))
    answer = client.post(f"{LIST}{share.session.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not Session.objects.exists()


def test_objects_go_with_their_session(delete, author):
    session = make_session(author)
    delete(session)
    assert list(storages["user-media"].objects(f"users/{author.pk}/")) == []


def test_only_a_category_without_sessions_is_deleted(admin_client, author):
    used, unused = [Category.objects.create(name=name, slug=name) for name in ("used", "unused")]
    make_session(author, slides=0, category=used)
    for category, status in [(used, 403), (unused, 302)]:
        address = f"/admin/library/category/{category.pk}/delete/"
        assert admin_client.post(address, {"post": "yes"}).status_code == status
    assert Category.objects.get() == used
