"""The admin's page of a share: all there is to see, and the decisions below it."""

import re

import pytest
from django.contrib.messages import get_messages
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import CommunityShare, Decision
from community.moderation import hide_share, report_share
from community.saving import save_session
from community.sharing import share_session
from sessions.deletion import delete_session
from sessions.models import Session
from sessions.uploading import add_external_media, add_files
from tests.factories import make_person, make_session, make_share, set_price
from tests.made_media import video

QUEUE = "/admin/community/reportedshare/"
SHARES = "/admin/community/communityshare/"
SAID = {"reason": "spam", "sentence": "It sells soup.", "note": "Third time."}


@pytest.fixture
def page(admin_client):
    def page(share, address=QUEUE):
        answer = admin_client.get(f"{address}{share.pk}/change/")
        assert answer.status_code == 200
        return answer.content.decode()

    return page


@pytest.fixture
def decide(admin_client):
    """Press a button on the page; the answer, and what staff are told."""

    def decide(share, action, address=QUEUE, **said):
        answer = admin_client.post(f"{address}{share.pk}/change/", {"action": action, **said})
        return answer, [str(message) for message in get_messages(answer.wsgi_request)]

    return decide


def share_of_copy(share, person):
    saved = save_session(community_session_id=share.pk, user=person)
    return share_session(session=Session.objects.get(pk=saved.session_id))


def test_every_slide_is_shown_with_its_caption_and_videos_play(author, page):
    session = make_session(author, slides=2)
    film = [ContentFile(video(), name="a.mp4")]
    add_files(session=session, files=film, captions=["Clouds <over> the lake"])
    elsewhere = {"external_url": "https://example.org/a.jpg", "media_type": "image"}
    add_external_media(session=session, media=[elsewhere])
    shown = page(share_session(session=session))
    for caption in ("Fjord 0", "Fjord 1", "Clouds &lt;over&gt; the lake"):
        assert f"<figcaption>{caption}</figcaption>" in shown
    assert re.search(r'<video controls preload="none" src="[^"]+" poster="[^"]+small.webp', shown)
    assert shown.count("<img ") == 3  # the logo is one
    assert '<a href="https://example.org/a.jpg" rel="noreferrer">' in shown


def test_reports_and_history_are_shown_with_names(share, saver, admin_user, page):
    report_share(community_session_id=share.pk, user=saver, reason="privacy", text="My house")
    hide_share(share=share, actor=admin_user, **SAID)
    shown = page(share)
    for text in ("shows somebody who did not agree", "My house", "saver", "It sells soup."):
        assert text in shown
    assert "Third time." in shown


def test_names_are_for_staff_who_may_view_people(client, share, saver, staff_who_may):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    client.force_login(staff_who_may("view_reportedshare"))
    shown = client.get(f"{QUEUE}{share.pk}/change/").content.decode()
    assert f"Person {saver.pk}" in shown
    assert "saver" not in shown
    assert 'id="decide"' not in shown


def test_it_lists_the_shares_of_copies_and_what_it_was_made_from(author, share, page):
    second = share_of_copy(share, make_person("second", balance=20))
    third = share_of_copy(second, make_person("third", balance=20))
    hide_share(share=share)
    for shown, linked in [(share, [second, third]), (second, [share, third])]:
        for other in linked:
            assert f'href="{QUEUE}{other.pk}/change/"' in page(shown)
    assert "(hidden)" in page(third)
    delete_session(session=second.session)
    assert f"session {second.pk} (deleted)" in page(third)


@pytest.mark.parametrize("address", [QUEUE, SHARES])
def test_staff_decide_where_they_look(share, saver, decide, page, address):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    answer, said = decide(share, "hide", address, **SAID)
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert said == ["Fjords in May: Hidden."]
    decision = Decision.objects.get()
    assert (decision.reason, decision.sentence, decision.note) == tuple(SAID.values())
    decide(share, "unhide", address, sentence="It does not.")
    share.refresh_from_db()
    assert share.hidden_at is None


def test_hiding_with_copies_is_one_button(share, saver, decide):
    second = share_of_copy(share, saver)
    _, said = decide(share, "hide_with_copies", **SAID)
    assert said == ["Fjords in May: Hidden, with the shares of its copies."]
    assert CommunityShare.objects.get(pk=second.pk).hidden_at


@pytest.mark.parametrize(
    ("action", "missing", "problem"),
    [
        ("hide", "reason", "Choose a reason."),
        ("hide_with_copies", "reason", "Choose a reason."),
        *[(action, "sentence", "Say why.") for action in ("hide", "unhide", "dismiss")],
    ],
)
def test_nothing_is_decided_without_a_reason(
    admin_client, share, saver, decide, action, missing, problem
):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    hide_share(share=share)
    said = {**SAID, missing: "  " if missing == "sentence" else ""}
    answer, _ = decide(share, action, **said)
    shown = answer.content.decode()
    assert (answer.status_code, problem in shown, "Third time." in shown) == (200, True, True)
    chosen = {"action": action, "_selected_action": [share.pk]}
    answer = admin_client.post(SHARES, {**chosen, **said})
    shown = answer.content.decode()
    assert (answer.status_code, problem in shown, "Third time." in shown) == (200, True, True)
    assert f'name="_selected_action" value="{share.pk}"' in shown
    assert Decision.objects.count() == 1


def test_an_action_of_the_list_asks_for_the_reason_first(admin_client, author, share):
    chosen = [share.pk, make_share(author, slides=1, title="By train").pk]
    answer = admin_client.post(SHARES, {"action": "hide", "_selected_action": chosen})
    shown = answer.content.decode()
    assert (answer.status_code, "errorlist" in shown) == (200, False)
    for pk in chosen:
        assert f'name="_selected_action" value="{pk}"' in shown
    admin_client.post(SHARES, {"action": "hide", "_selected_action": chosen, **SAID})
    assert not CommunityShare.objects.filter(hidden_at=None).exists()


def test_the_index_says_how_many_wait(admin_client, client, share, saver, staff_who_may):
    third = make_person("third")
    for person in (saver, third):
        report_share(community_session_id=share.pk, user=person, reason="spam")
    shown = admin_client.get("/admin/").content.decode()
    assert f'<a href="{QUEUE}">1 reported session</a>' in shown
    client.force_login(staff_who_may("view_category"))
    assert "reported session" not in client.get("/admin/").content.decode()


def test_a_page_takes_as_many_queries_for_more_of_everything(admin_client, share, saver):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            admin_client.get(f"{QUEUE}{share.pk}/change/")
        return len(captured)

    def add(number):
        person = make_person(f"person {number}", balance=20)
        report_share(community_session_id=share.pk, user=person, reason="spam")
        share_of_copy(share, person)
        hide_share(share=share, actor=person)
        CommunityShare.objects.filter(pk=share.pk).update(hidden_at=None)
        Decision.objects.filter(share=share).update(kind="dismiss")

    set_price(1)
    add(1)
    before = queries()
    for number in (2, 3):
        add(number)
    assert queries() == before


def test_what_was_deleted_while_hidden_is_unhidden_from_the_decisions(
    admin_client, share, saver, save, client
):
    save(share, saver)
    hide_share(share=share)
    data = {"action": "unhide", "_selected_action": Decision.objects.get().pk, **SAID}
    answer = admin_client.post("/admin/community/decision/", data)
    (said,) = get_messages(answer.wsgi_request)
    assert str(said) == "hide: Fjords in May: Unhide the share instead, which is still there"
    delete_session(session=share.session)
    admin_client.post("/admin/community/decision/", data)
    assert share_session(session=saver.library.get())


def test_no_script_and_no_style_stands_in_the_pages_themselves(admin_client, share, saver, page):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    asked = admin_client.post(SHARES, {"action": "hide", "_selected_action": share.pk})
    for shown in (
        page(share),
        asked.content.decode(),
        admin_client.get("/admin/").content.decode(),
    ):
        assert not re.search(r"<style|style=|<script(?![^>]* src=)|\son\w+=", shown)
