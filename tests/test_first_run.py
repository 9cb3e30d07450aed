"""`manage.py setup`: what a new installation needs, from variables or by asking."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from credits.models import FeaturePricing
from joip.users.models import User

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def setup(monkeypatch):
    def setup(**variables):
        """What it says and what it warns of."""
        for name in ("STAFF_USERNAME", "STAFF_PASSWORD"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        said, warned = StringIO(), StringIO()
        call_command("setup", stdout=said, stderr=warned)
        return said.getvalue(), warned.getvalue()

    return setup


def test_the_first_member_of_staff_is_made_once(setup, client):
    said, _ = setup(STAFF_USERNAME="Ada", STAFF_PASSWORD="lanterns by the lake")
    assert "Made the member of staff Ada." in said
    assert client.login(username="ada", password="lanterns by the lake")
    assert client.get("/admin/").status_code == 200
    said, _ = setup(STAFF_USERNAME="eve", STAFF_PASSWORD="lanterns by the lake")
    assert "Made" not in said
    assert list(User.objects.values_list("username", "is_superuser")) == [("ada", True)]


@pytest.mark.parametrize(
    ("username", "password", "problem"),
    [
        ("ada", "", "STAFF_USERNAME and STAFF_PASSWORD go together"),
        ("", "lanterns by the lake", "STAFF_USERNAME and STAFF_PASSWORD go together"),
        ("ada", "short", "STAFF_PASSWORD: "),
    ],
)
def test_what_is_wrong_with_them_is_said_and_nobody_is_made(setup, username, password, problem):
    with pytest.raises(CommandError, match=problem):
        setup(STAFF_USERNAME=username, STAFF_PASSWORD=password)
    assert not User.objects.exists()


def test_what_is_still_missing_is_said(setup):
    FeaturePricing.objects.all().update(is_active=False)
    _, warned = setup()
    assert "session_create has no active price" in warned
    assert "Nobody can administer this" in warned
    assert "EMAIL_URL is not set" in warned


def test_the_admin_says_it_where_it_is_mended(setup, client):
    setup(STAFF_USERNAME="ada", STAFF_PASSWORD="lanterns by the lake")
    client.login(username="ada", password="lanterns by the lake")
    sentence = "session_create has no active price"
    assert sentence not in client.get("/admin/").content.decode()
    FeaturePricing.objects.all().update(is_active=False)
    page = client.get("/admin/").content.decode()
    assert sentence in page
    assert '<a href="/admin/credits/featurepricing/">Set it</a>' in page
