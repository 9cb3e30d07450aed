"""Making a slideshow on pages, without a script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from community.moderation import hide_share
from community.sharing import share_session
from credits.ledger import balance_of
from sessions.editing import edit_session
from sessions.models import Session
from sessions.places import place
from sessions.uploading import add_external_media
from tests.factories import add_slides, make_session, picture, set_price
from tests.test_pages import text_of


@pytest.fixture
def session(client, author):
    client.force_login(author)
    return make_session(author)


def captions(session):
    return list(session.media.values_list("caption", flat=True))


def test_a_new_slideshow_is_paid_and_opened(client, author):
    set_price(10)
    client.force_login(author)
    assert "New slideshow for 10 credits" in text_of(client.get("/library"))
    answer = client.post("/library/new", {"title": "Fjords in May"}, follow=True)
    session = Session.objects.get()
    assert answer.redirect_chain == [(f"/library/{session.pk}", 302)]
    assert "No slides yet." in text_of(answer)
    assert balance_of(author) == 40


def test_files_become_slides(client, author):
    client.force_login(author)
    session = make_session(author, slides=0)
    files = [SimpleUploadedFile("fjord.jpg", picture(n)) for n in (1, 2)]
    answer = client.post(f"/library/{session.pk}/media", {"files": files})
    first, second = session.media.all()
    assert answer["Location"] == f"/library/{session.pk}#slide-{first.pk}"
    assert (first.width, second.order) == (8, 1)


def test_a_file_that_is_no_picture_is_named_and_nothing_is_lost(client, session):
    files = [SimpleUploadedFile("a.jpg", b"no picture")]
    answer = client.post(f"/library/{session.pk}/media", {"files": files})
    assert answer.status_code == 400
    assert "File 1: " in text_of(answer)
    assert len(captions(session)) == 3


def test_an_upload_needs_the_token_of_the_page(author):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(author)
    session = make_session(author, slides=0)
    files = [SimpleUploadedFile("fjord.jpg", picture(1))]
    assert browser.post(f"/library/{session.pk}/media", {"files": files}).status_code == 403
    assert not session.media.exists()


def test_the_signed_out_send_no_files(client, session):
    client.logout()
    answer = client.post(f"/library/{session.pk}/media", {"files": []})
    assert answer.status_code == 302


def test_a_caption_is_changed(client, session):
    slide = session.media.first()
    path = f"/library/{session.pk}/media/{slide.pk}"
    client.post(path, {"caption": "Dawn"})
    assert captions(session)[0] == "Dawn"
    answer = client.post(path, {"caption": "Noon"}, headers={"Accept": "text/plain"})
    assert answer.content == b"Saved."


def test_a_caption_that_cannot_be_shown_is_refused(client, session):
    path = f"/library/{session.pk}/media/{session.media.first().pk}"
    answer = client.post(path, {"caption": "a\u202eb"})
    assert answer.status_code == 400
    assert "Caption: " in text_of(answer)
    assert "a\u202eb" in text_of(answer)  # what was written is not lost
    assert captions(session)[0] == "Fjord 0"


@pytest.mark.parametrize(("slide", "to", "then"), [(0, 2, [1, 0, 2]), (2, 1, [2, 0, 1])])
def test_slides_are_moved_one_by_one(client, session, slide, to, then):
    moved = session.media.get(order=slide)
    client.post(f"/library/{session.pk}/media/{moved.pk}/move", {"to": to})
    assert captions(session) == [f"Fjord {number}" for number in then]


def test_a_slide_moved_beyond_the_end_is_the_last(client, session):
    moved = session.media.first()
    client.post(f"/library/{session.pk}/media/{moved.pk}/move", {"to": 1000})
    assert captions(session) == ["Fjord 1", "Fjord 2", "Fjord 0"]
    assert list(session.media.values_list("order", flat=True)) == [0, 1, 2]


def test_slides_sent_at_once_are_put_into_the_order_in_which_they_were_chosen(client, session):
    _, second, third = session.media.all()
    path = f"/library/{session.pk}/media/order"
    assert client.post(path, {"slide": [third.pk, 1, second.pk]}).status_code == 302
    assert captions(session) == ["Fjord 0", "Fjord 2", "Fjord 1"]


def test_a_slide_cannot_be_moved_nowhere(client, session):
    moved = session.media.first()
    answer = client.post(f"/library/{session.pk}/media/{moved.pk}/move", {"to": "up"})
    assert answer.status_code == 400
    assert captions(session) == ["Fjord 0", "Fjord 1", "Fjord 2"]


def test_a_slide_becomes_the_cover_and_another_goes(client, session):
    first, second, _ = session.media.all()
    client.post(f"/library/{session.pk}/media/{second.pk}/cover")
    client.post(f"/library/{session.pk}/media/{first.pk}/delete")
    assert list(session.media.values_list("caption", "is_thumbnail")) == [
        ("Fjord 1", True),
        ("Fjord 2", False),
    ]


def test_settings_are_changed_and_wrong_ones_named(client, session):
    path = f"/library/{session.pk}/settings"
    client.post(path, {"title": "Fjords in June", "intervalMin": 5, "intervalMax": 9})
    session.refresh_from_db()
    assert (session.title, session.interval_min) == ("Fjords in June", 5)
    answer = client.post(path, {"title": "Fjords in July", "intervalMin": 70})
    assert answer.status_code == 400
    assert "Seconds a picture, at least: " in text_of(answer)
    assert 'value="Fjords in July"' in answer.content.decode()  # what was written is not lost
    session.refresh_from_db()
    assert session.title == "Fjords in June"


def test_a_script_gets_the_new_slide_or_a_sentence(client, session):
    path, script = f"/library/{session.pk}/media", {"Accept": "text/plain, text/html"}
    files = [SimpleUploadedFile("fjord.jpg", picture(1))]
    answer = client.post(path, {"files": files}, headers=script)
    assert answer.content.decode().startswith(f'<li id="slide-{session.media.last().pk}"')
    files = [SimpleUploadedFile("a.jpg", b"no picture")]
    answer = client.post(path, {"files": files}, headers=script)
    assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert answer.content.startswith(b"This is no picture or video")


def test_full_storage_is_said_with_what_to_do(client, session, settings):
    settings.STORAGE_QUOTA_MB = 0
    files = [SimpleUploadedFile("fjord.jpg", picture(1))]
    for headers in ({}, {"Accept": "text/plain"}):
        answer = client.post(f"/library/{session.pk}/media", {"files": files}, headers=headers)
        assert answer.status_code == 403
        assert "Delete what you do not need." in answer.content.decode()


def test_without_a_place_the_answer_says_when_to_try_again(client, session, author):
    files = [SimpleUploadedFile("fjord.jpg", picture(1))]
    with place(author), place(author), place(author), place(author):
        answer = client.post(
            f"/library/{session.pk}/media", {"files": files}, headers={"Accept": "text/plain"}
        )
    assert (answer.status_code, answer["Retry-After"]) == (429, "5")
    assert answer.content.startswith(b"Too many uploads and copies at once.")


def test_who_signed_out_meanwhile_is_told_or_signs_in_and_comes_back(client, session):
    path = f"/library/{session.pk}/media/{session.media.first().pk}"
    client.logout()
    answer = client.post(path, {"caption": "Dawn"}, headers={"Accept": "text/plain"})
    assert answer.status_code == 401
    assert answer.content.startswith(b"You are signed out.")
    answer = client.post(path, {"caption": "Dawn"})
    assert answer["Location"] == f"/accounts/login/?next=/library/{session.pk}"


def test_a_slide_that_is_gone_is_not_found(client, session):
    path = f"/library/{session.pk}/media/{session.media.first().pk}"
    client.post(f"{path}/delete")
    for headers in ({}, {"Accept": "text/plain"}):
        assert client.post(path, {"caption": "Dawn"}, headers=headers).status_code == 404


@pytest.fixture
def long_session(author, client):
    client.force_login(author)
    session = make_session(author, slides=0)
    for _ in range(3):
        add_external_media(
            session=session,
            media=[{"external_url": "https://example.org/a.jpg", "media_type": "image"}] * 70,
        )
    return session


def test_slides_come_in_pages_and_move_between_them_by_number(client, long_session):
    own = f"/library/{long_session.pk}"
    first, last = long_session.media.first(), long_session.media.last()
    page = client.get(f"{own}?page=3").content.decode()
    assert page.count('<li id="slide-') == 10
    assert f"slide-{last.pk}" in page
    answer = client.post(f"{own}/media/{first.pk}/move", {"to": 150})
    assert answer["Location"] == f"{own}?page=2#slide-{first.pk}"
    assert long_session.media.get(order=149) == first
    answer = client.post(f"{own}/media/{last.pk}", {"caption": "a\u202eb"})
    assert f'id="slide-{last.pk}"' in answer.content.decode()  # its page, with what is wrong


def test_statements_of_the_editor_do_not_grow_with_slides(client, author):
    client.force_login(author)
    counts = []
    for session in (make_session(author, slides=1), make_session(author, slides=30)):
        share_session(session=session)
        edit_session(session=session, title="Fjords in June")
        add_slides(session, 40)
        own, slide = f"/library/{session.pk}", session.media.last()
        with CaptureQueriesContext(connection) as read:
            assert client.get(own).status_code == 200
        with CaptureQueriesContext(connection) as moved:
            client.post(f"{own}/media/{slide.pk}/move", {"to": 1})
        counts.append((len(read), len(moved)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 16


def test_nobody_edits_what_belongs_to_another(client, session, saver):
    slide = session.media.first()
    own = f"/library/{session.pk}"
    client.force_login(saver)
    assert client.get(own).status_code == 404
    for deed in (
        "settings",
        "media",
        *(f"media/{slide.pk}{end}" for end in ("", "/cover", "/delete", "/move")),
    ):
        assert client.post(f"{own}/{deed}", {"title": "Mine"}).status_code == 404
    assert captions(session) == ["Fjord 0", "Fjord 1", "Fjord 2"]


def test_the_panel_says_who_sees_it_and_changes_that(client, session):
    own = f"/library/{session.pk}"
    assert "Who sees it: only you" in text_of(client.get(own))
    client.post(f"{own}/link", {"link": "on"})
    page = client.get(own)
    assert "Who sees it: you, and whoever has the link" in text_of(page)
    assert f"/shared/{session.share_link.code}" in page.content.decode()
    client.post(f"{own}/members", {"members": "on"})
    assert "Who sees it: every member" in text_of(client.get(own))
    client.post(f"{own}/share", {"allowSaves": "on"})
    assert "Who sees it: everybody in the community" in text_of(client.get(own))
    client.post(f"{own}/withdraw")
    client.post(f"{own}/members")
    client.post(f"{own}/link")
    assert "Who sees it: only you" in text_of(client.get(own))


def test_what_changed_since_the_sharing_is_said(client, share, author):
    client.force_login(author)
    own = f"/library/{share.session_id}"
    client.post(f"{own}/favorite", {"favorite": "on"})  # nothing that others see
    assert "You have changed it since" not in text_of(client.get(own))
    first, second, third = share.session.media.all()
    client.post(f"{own}/settings", {"title": "Fjords in June"})
    client.post(f"{own}/media/{first.pk}", {"caption": "Dawn"})
    client.post(f"{own}/media/{third.pk}/move", {"to": 1})
    client.post(f"{own}/media/{third.pk}/cover")
    client.post(f"{own}/media/{second.pk}/delete")
    client.post(
        f"{own}/media", {"files": [SimpleUploadedFile("a.jpg", picture(n)) for n in (7, 8)]}
    )
    assert (
        "You have changed it since: 2 slides added, 1 slide deleted, captions of 1 slide changed, "
        "order changed, cover changed, title changed."
    ) in text_of(client.get(own))
    client.post(f"{own}/share")
    assert "You have changed it since" not in text_of(client.get(own))


def test_an_empty_slideshow_is_not_shared(client, author):
    client.force_login(author)
    session = make_session(author, slides=0)
    answer = client.post(f"/library/{session.pk}/share")
    assert answer.status_code == 409
    assert "Only you".lower() in text_of(answer)


def test_the_author_reads_why_staff_have_hidden_it(client, share, author):
    hide_share(share=share, reason="spam", sentence="It sells soup.")
    client.force_login(author)
    assert "It sells soup." in text_of(client.get(f"/library/{share.session_id}"))
