"""The export of a person's data: what is in the zip, for whom, and what it costs the server."""

import csv
import io
import json
import zipfile
from contextlib import closing

import pytest
from django.core.files.storage import storages
from django.test import Client

from community.moderation import hide_share, report_share
from joip.accounts import exporting
from joip.accounts.file_names import named
from joip.spreadsheets import harmless
from sessions.places import place
from tests.factories import add_address, begin, make_person, make_session, picture
from tests.test_places import BUSY, LATER

EXPORT = "/api/auth/user/export"


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def export(client):
    """The zip of a person, whole."""

    def export(person, path=EXPORT):
        client.force_login(person)
        with closing(client.get(path)) as answer:
            assert answer.status_code == 200
            return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))

    return export


def read(archive, name):
    return json.loads(archive.read(name))


def test_it_holds_the_sessions_with_their_media_in_order(author, export):
    session = make_session(author, slides=2, title="Fjords: May/June?", subreddits=["hiking"])
    add_address(session)
    archive = export(author)
    folder = f"sessions/{session.pk} Fjords May June"
    assert archive.testzip() is None
    assert archive.namelist() == [
        *["about.txt", "profile.json", "ledger.json", "ledger.csv", "reports.json"],
        "decisions.json",
        f"{folder}/001 Fjord 0.jpg",
        f"{folder}/002 Fjord 1.jpg",
        f"{folder}/session.json",
    ]
    assert archive.read(f"{folder}/001 Fjord 0.jpg") == picture(0)
    assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    told = read(archive, f"{folder}/session.json")
    assert (told["title"], told["subreddits"], told["audience"]) == (
        "Fjords: May/June?",
        ["hiking"],
        "private",
    )
    assert [(s["caption"], s["file"], s["externalUrl"]) for s in told["media"]] == [
        ("Fjord 0", "001 Fjord 0.jpg", None),
        ("Fjord 1", "002 Fjord 1.jpg", None),
        ("", None, "https://example.org/sea.jpg"),
    ]
    assert not exporting.ADDRESSES & (set(told) | set(told["media"][0]))


def test_it_holds_the_profile_and_the_ledger(share, saver, save, export):
    save(share, saver)
    archive = export(saver)
    profile = read(archive, "profile.json")
    assert (profile["username"], profile["balance"]) == ("saver", 40)
    ledger = read(archive, "ledger.json")
    session = saver.library.get()
    assert [(row["kind"], row["amount"], row["reference"]) for row in ledger] == [
        ("grant", 50, "sign-up"),
        ("charge", -10, f"session:{session.pk}"),
    ]
    rows = list(csv.DictReader(io.StringIO(archive.read("ledger.csv").decode())))
    assert [(row["kind"], row["amount"]) for row in rows] == [("grant", "50"), ("charge", "-10")]
    told = read(archive, f"sessions/{session.pk} Fjords in May/session.json")
    assert told["savedFrom"] == {
        "communitySessionId": share.pk,
        "title": "Fjords in May",
        "author": "Ines",
    }


def test_it_holds_reports_made_and_decisions_received(share, author, saver, export):
    report_share(community_session_id=share.pk, user=saver, reason="spam", text="Again")
    hide_share(share=share, reason="spam", sentence="It is.", note="for staff alone")
    (report,) = read(export(saver), "reports.json")
    assert (report["communitySessionId"], report["text"], report["hidden"]) == (
        share.pk,
        "Again",
        True,
    )
    archive = export(author)
    (decision,) = read(archive, "decisions.json")
    assert (decision["sessionId"], decision["kind"], decision["sentence"]) == (
        share.session_id,
        "hide",
        "It is.",
    )
    told = read(archive, f"sessions/{share.session_id} Fjords in May/session.json")
    assert (told["communityShare"]["id"], told["communityShare"]["state"]) == (share.pk, "hidden")
    assert all(b"for staff alone" not in archive.read(name) for name in archive.namelist())


def test_it_holds_nothing_of_others(share, saver, export):
    archive = export(saver)
    assert [name for name in archive.namelist() if name.startswith("sessions/")] == []
    assert read(archive, "reports.json") == read(archive, "decisions.json") == []


def test_what_is_not_copied_yet_is_not_in_it(share, saver, export):
    session = begin(share, saver)
    archive = export(saver)
    told = read(archive, f"sessions/{session.pk} Fjords in May/session.json")
    assert [slide["file"] for slide in told["media"]] == [None] * 3
    assert "missing.txt" not in archive.namelist()


def test_a_missing_object_is_named_and_the_rest_is_there(author, export):
    session = make_session(author, slides=2)
    slide = session.media.first()
    storages[slide.bucket].delete(slide.key)
    archive = export(author)
    folder = f"sessions/{session.pk} Fjords in May"
    assert archive.read("missing.txt").decode() == f"{folder}/001 Fjord 0.jpg\n"
    assert archive.read(f"{folder}/002 Fjord 1.jpg") == picture(1)
    files = [slide["file"] for slide in read(archive, f"{folder}/session.json")["media"]]
    assert files == [None, "002 Fjord 1.jpg"]


def test_an_object_that_breaks_off_is_named_as_incomplete(proxy, author, export):
    make_session(author, slides=1)
    cut_off = {"Content-Length": "9999", "Connection": "close"}
    proxy.rules.append(
        lambda r: (200, cut_off, b"\xff\xd8") if r.method == "GET" and ".jpg" in r.path else None
    )
    archive = export(author)
    assert archive.read("missing.txt").decode().endswith("001 Fjord 0.jpg (incomplete)\n")


def test_a_store_that_fails_is_soon_left_alone(proxy, author, export):
    make_session(author, slides=8)
    proxy.forget()
    proxy.rules.append(lambda r: 503 if r.method == "GET" else None)
    archive = export(author)
    assert len(archive.read("missing.txt").splitlines()) == 8
    assert len([r for r in proxy.requests if r.method == "GET"]) == exporting.MAX_FAILURES


def test_it_is_for_whoever_has_signed_in(client, transactional_db):
    answer = client.get(EXPORT)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert client.get("/account/export").url == "/accounts/login/?next=/account/export"


def test_the_page_gives_the_same_zip_to_keep(author, client, export):
    assert export(author, "/account/export").namelist() == export(author).namelist()
    answer = client.get("/account/export")
    answer.close()
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"].startswith('attachment; filename="joip-2')
    assert answer["Cache-Control"] == "no-store"


def test_a_person_has_one_export_at_a_time(author, saver, client):
    client.force_login(author)
    answer = client.get(EXPORT)
    second = client.get(EXPORT)
    assert (second.status_code, second.json(), second["Retry-After"]) == (429, LATER, "5")
    other = Client()
    other.force_login(saver)
    other.get(EXPORT).close()
    answer.close()  # before anything was read
    third = client.get(EXPORT)
    assert third.status_code == 200
    next(iter(third.streaming_content))
    third.close()  # in the middle
    client.get(EXPORT).close()


def test_asking_for_its_headers_alone_makes_nothing(author, client):
    client.force_login(author)
    for path in (EXPORT, "/account/export"):
        answer = client.head(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
        assert not answer.streaming


def test_without_a_place_it_is_refused(author, client):
    others = [make_person(f"other {number}") for number in range(8)]
    held = [place(other) for other in others]
    for each in held:
        each.__enter__()
    try:
        client.force_login(author)
        answer = client.get(EXPORT)
        assert (answer.status_code, answer.json()) == (503, BUSY)
    finally:
        for each in held:
            each.__exit__(None, None, None)


def test_it_is_made_while_it_is_sent(author, client, monkeypatch):
    make_session(author, slides=3)
    client.force_login(author)
    answer = client.get(EXPORT)
    seen = b""
    for chunk in answer.streaming_content:
        assert len(chunk) <= 2**18
        seen += chunk
        if b"profile.json" in seen:
            break
    make_session(author, slides=0, title="Made meanwhile")
    rest = b"".join(answer.streaming_content)
    answer.close()
    archive = zipfile.ZipFile(io.BytesIO(seen + rest))
    assert any("Made meanwhile" in name for name in archive.namelist())


def test_its_queries_do_not_grow_with_slides(author, client, django_assert_max_num_queries):
    make_session(author, slides=1)
    addresses = make_session(author, slides=0)
    for _ in range(30):
        add_address(addresses)
    client.force_login(author)
    with django_assert_max_num_queries(25):
        answer = client.get(EXPORT)
        b"".join(answer.streaming_content)
    answer.close()


@pytest.mark.backend_free
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("First light", "007 First light"),
        ("", "007"),
        ("../../etc/passwd", "007 .. .. etc passwd"),
        ('a<b>:"c"|d?*', "007 a b c d"),
        ("two\nlines\t\x00\x1b", "007 two lines"),
        ("dots...", "007 dots"),
        ("‮gpj.exe", "007 gpj.exe"),
        ("夜景 🎉", "007 夜景 🎉"),
        ("é" * 200, f"007 {'é' * 50}"),
    ],
)
def test_names_are_what_every_system_can_write(text, name):
    assert named("007", text) == name


@pytest.mark.backend_free
@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_text_is_a_formula_in_a_spreadsheet(formula):
    assert harmless(formula) == f"'{formula}"
    assert harmless(-10) == -10
