"""The whole of it over HTTP alone: made, shared, found, saved, edited, reported, hidden."""

from urllib.request import urlopen

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from joip.users.models import User
from tests.factories import picture, set_price
from tests.ledgers import check_ledger, check_objects, check_shares

PASSWORD = "lanterns-by-the-lake"


class Browser:
    """A person's, with the cookie that signing up sets."""

    def __init__(self, name):
        self.client = Client()
        person = {"username": name.lower(), "password": PASSWORD, "displayName": name}
        self.ask("post", "/auth/register", person)

    def ask(self, method, path, body=None, expected=(200, 201, 204)):
        answer = getattr(self.client, method)(f"/api{path}", body, "application/json")
        assert answer.status_code in expected, answer.content
        return answer.json() if answer.content else None

    def get(self, path):
        answer = self.client.get(f"/api{path}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    def upload(self, path, *files, captions):
        body = {"files": files, "captions": captions}
        answer = self.client.post(f"/api{path}", body)
        assert answer.status_code == 201, answer.content
        return answer.json()

    def see(self, address):
        """The bytes behind an address of media, here or in the store."""
        if address.startswith("/"):
            return b"".join(self.client.get(address))
        with urlopen(address) as answer:
            return answer.read()


@pytest.fixture
def staff(transactional_db):
    client = Client()
    client.force_login(User.objects.create_superuser("staff"))
    return client


def jpeg(number):
    return SimpleUploadedFile(f"{number}.jpg", picture(number), "image/jpeg")


def test_a_session_is_shared_found_saved_edited_reported_and_hidden(staff):
    set_price(10)
    ines, noor, theo = Browser("Ines"), Browser("Noor"), Browser("Theo")

    session = ines.ask("post", "/sessions", {"title": "Fjords in May"})["id"]
    ines.upload(
        f"/sessions/{session}/media",
        *[jpeg(1), jpeg(2), jpeg(3)],
        captions=["First light", "Birches", "Midnight"],
    )
    shared = ines.ask("patch", f"/sessions/{session}", {"shareToCommunity": True})
    assert (shared["isPublic"], shared["audience"]) == (True, "community")

    (found,) = noor.get("/community?search=fjords+birch&sort=hot")["items"]
    assert (found["title"], found["user"]["displayName"]) == ("Fjords in May", "Ines")
    assert (found["saveCost"], found["savedSessionId"], found["mine"]) == (10, None, False)
    shown = noor.get(f"/community/sessions/{found['id']}")["media"]
    assert [noor.see(slide["mediaUrl"]) for slide in shown] == [picture(n) for n in (1, 2, 3)]

    answer = noor.ask("post", f"/community/sessions/{found['id']}/save")
    saved = answer["sessionId"]
    assert answer == {"success": True, "sessionId": saved, "reused": False}
    (found,) = noor.get("/community")["items"]
    assert (found["savedSessionId"], found["saveCount"], found["saveCost"]) == (saved, 1, 0)
    copy = noor.get(f"/sessions/{saved}")
    assert copy["session"]["savedFrom"] == {
        "communitySessionId": found["id"],
        "title": "Fjords in May",
        "author": "Ines",
    }

    media = ines.get(f"/sessions/{session}")["media"]
    ines.ask("patch", f"/sessions/{session}", {"title": "Fjords in June"})
    ines.ask("patch", f"/sessions/{session}/media/{media[0]['id']}", {"caption": "Noon"})
    ines.ask("delete", f"/sessions/{session}/media/{media[2]['id']}")
    assert noor.get("/community")["items"][0]["title"] == "Fjords in May"
    again = ines.ask("post", f"/sessions/{session}/community-share", {})
    assert (again["id"], again["state"], again["saveCount"]) == (found["id"], "open", 1)
    (found,) = theo.get("/community")["items"]
    assert (found["title"], found["mediaCount"]) == ("Fjords in June", 2)
    answer = noor.ask("post", f"/community/sessions/{found['id']}/save")
    assert answer == {"success": True, "sessionId": saved, "reused": True}

    def copy_is_untouched():
        copy = noor.get(f"/sessions/{saved}")
        assert copy["session"]["title"] == "Fjords in May"
        captions = [slide["caption"] for slide in copy["media"]]
        assert captions == ["First light", "Birches", "Midnight"]
        return [noor.see(s["mediaUrl"]) for s in copy["media"]] == [picture(n) for n in (1, 2, 3)]

    assert copy_is_untouched()

    reason = {"reason": "copyright", "text": "The second one is mine."}
    theo.ask("post", f"/community/sessions/{found['id']}/report", reason)
    queue = staff.get("/admin/community/reportedshare/")
    assert "Copyright (1)" in queue.content.decode()
    decision = {"action": "hide", "_selected_action": found["id"]}
    decision |= {"reason": "copyright", "sentence": "It is Theo's."}
    staff.post("/admin/community/reportedshare/", decision)
    assert theo.get("/community")["items"] == []
    refused = theo.ask("post", f"/community/sessions/{found['id']}/save", expected=[404])
    assert refused == {"message": "Session not found or not public"}
    assert copy_is_untouched()

    assert [browser.get("/credits/balance")["balance"] for browser in (ines, noor, theo)] == [
        *[40, 40, 50]
    ]
    ledger = noor.get("/credits/transactions")
    assert [(row["kind"], row["amount"], row["balanceAfter"]) for row in ledger] == [
        ("charge", -10, 40),
        ("grant", 50, 50),
    ]
    assert ledger[0]["reference"] == f"session:{saved}"
    check_ledger()
    check_objects()
    check_shares()
