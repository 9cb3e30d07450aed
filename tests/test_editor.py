"""Making a slideshow on pages, without a script."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from community.moderation import hide_share
from credits.ledger import balance_of
from sessions.models import Session
from tests.factories import make_session, picture, set_price
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
    assert "None yet." in text_of(answer)
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
    assert "files.0" in text_of(answer)
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
    answer = client.post(path, {"caption": "Noon"}, headers={"HX-Request": "true"})
    assert answer.content == b"Saved."


def test_a_caption_that_cannot_be_shown_is_refused(client, session):
    path = f"/library/{session.pk}/media/{session.media.first().pk}"
    answer = client.post(path, {"caption": "a\u202eb"})
    assert answer.status_code == 400
    assert "caption" in text_of(answer)
    assert captions(session)[0] == "Fjord 0"


@pytest.mark.parametrize(("slide", "to", "then"), [(0, 2, [1, 0, 2]), (2, 1, [2, 0, 1])])
def test_slides_are_moved_one_by_one(client, session, slide, to, then):
    moved = session.media.get(order=slide)
    client.post(f"/library/{session.pk}/media/{moved.pk}/move", {"to": to})
    assert captions(session) == [f"Fjord {number}" for number in then]


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
    assert "intervalMin" in text_of(answer)
    session.refresh_from_db()
    assert session.title == "Fjords in June"


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
    assert "You have changed it since." not in text_of(client.get(own))
    client.post(f"{own}/settings", {"title": "Fjords in June"})
    assert "You have changed it since." in text_of(client.get(own))


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
