"""What joip.security says of sign-ins and of what staff do: ids and addresses, no names."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from tests.factories import make_person, make_share, set_price

PASSWORD = "a-long-walk-by-the-sea"
NEW_PASSWORD = "over-hill-and-dale"
ADDRESS = "203.0.113.7"


@pytest.fixture
def lines(caplog):
    """The lines since the last call."""

    def lines():
        told = [each.getMessage() for each in caplog.records if each.name == "joip.security"]
        caplog.clear()
        return told

    return lines


@pytest.fixture
def ines(transactional_db):
    return make_person("ines", password=PASSWORD)


@pytest.fixture
def staff(transactional_db, lines):
    client = Client(REMOTE_ADDR=ADDRESS)
    client.user = make_person("staff", password=PASSWORD, is_staff=True, is_superuser=True)
    client.force_login(client.user)
    lines()
    return client


def post(client, path, method="post", **body):
    return getattr(client, method)(path, body, "application/json")


def test_sign_ins_are_told_and_wrong_passwords(ines, lines, settings):
    settings.RATE_LIMIT_FAILED_LOGINS = 2
    client = Client(REMOTE_ADDR=ADDRESS)
    for name, password in [("ines", PASSWORD), ("INES", "a-guess"), ("an-unknown-name", "a-guess")]:
        post(client, "/api/auth/login", username=name, password=password)
    assert lines() == [
        f"event=signed-in person={ines.pk} address={ADDRESS}",
        f"event=wrong-password person={ines.pk} address={ADDRESS}",
        f"event=wrong-password person=- address={ADDRESS}",
    ]
    post(Client(REMOTE_ADDR=ADDRESS), "/api/auth/login", username="ines", password=PASSWORD)
    assert lines() == [f"event=throttled person={ines.pk} address={ADDRESS}"]


def test_the_page_tells_them_too_and_who_may_not_see_the_admin(ines, lines):
    client = Client(REMOTE_ADDR=ADDRESS)
    for password in ("a-guess", PASSWORD):
        form = {"username": "ines", "password": password, "next": "/admin/"}
        answer = client.post("/accounts/login/", form)
    assert client.get(answer["Location"], follow=True).status_code == 403
    assert lines() == [
        f"event=wrong-password person={ines.pk} address={ADDRESS}",
        f"event=signed-in person={ines.pk} address={ADDRESS}",
        f"event=not-staff person={ines.pk} address={ADDRESS}",
    ]


def test_the_address_is_the_one_that_a_trusted_proxy_confirms(ines, lines, settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    headers = {"x-forwarded-for": "junk event=signed-in, [2001:db8::7]:50001"}
    post(Client(headers=headers), "/api/auth/login", username="ines", password=PASSWORD)
    headers = {"x-forwarded-for": "junk event=signed-in"}
    post(Client(headers=headers), "/api/auth/login", username="ines", password=PASSWORD)
    assert lines() == [
        f"event=signed-in person={ines.pk} address=2001:db8::7",
        f"event=signed-in person={ines.pk} address=127.0.0.1",
    ]


def test_a_changed_password_and_a_deleted_account_are_told(ines, lines):
    client = Client(REMOTE_ADDR=ADDRESS)
    client.force_login(ines)
    lines()
    new = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert post(client, "/api/auth/password", **new).status_code == 200
    assert post(client, "/api/auth/user", "delete", password="a-guess").status_code == 400
    assert post(client, "/api/auth/user", "delete", password=NEW_PASSWORD).status_code == 204
    assert lines() == [
        f"event=password-changed person={ines.pk} address={ADDRESS}",
        f"event=wrong-password person={ines.pk} address={ADDRESS}",
        f"event=account-deleted person={ines.pk} address={ADDRESS}",
    ]


def test_staff_who_change_their_own_password_are_told(staff, lines):
    new = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert staff.post("/admin/password_change/", new).status_code == 302
    assert lines() == [f"event=password-changed person={staff.user.pk} address={ADDRESS}"]


def test_requests_of_other_sites_are_told(ines, staff, lines):
    headers = {"origin": "https://evil.example"}
    client = Client(REMOTE_ADDR=ADDRESS, headers=headers)
    assert post(client, "/api/auth/login", username="a", password="b").status_code == 403
    client.force_login(ines)
    assert post(client, "/api/sessions", title="Fjords").status_code == 403
    without_token = Client(REMOTE_ADDR=ADDRESS, enforce_csrf_checks=True)
    assert without_token.post("/admin/login/", {}).status_code == 403
    assert lines() == [
        f"event=refused-origin person=- address={ADDRESS}",
        f"event=signed-in person={ines.pk} address=-",
        f"event=refused-origin person={ines.pk} address={ADDRESS}",
        f"event=refused-origin person=- address={ADDRESS}",
    ]


def test_a_flood_of_requests_is_told_once(ines, lines, settings):
    settings.RATE_LIMIT_REQUESTS = settings.RATE_LIMIT_PAGES = 2
    settings.RATE_LIMIT_SIGNUPS = 1
    for _ in range(5):
        Client().get("/api/nothing", REMOTE_ADDR="203.0.113.21")
        Client().get("/nothing", REMOTE_ADDR="203.0.113.22")
    for name in ("theo", "noor"):
        client = Client(REMOTE_ADDR="203.0.113.23")
        post(client, "/api/auth/register", username=name, password=PASSWORD)
    assert [line for line in lines() if "throttled" in line] == [
        "event=throttled person=- address=203.0.113.21",
        "event=throttled person=- address=203.0.113.22",
        "event=throttled person=- address=203.0.113.23",
    ]


def test_saving_for_somebody_is_told(staff, ines, lines):
    set_price(5)
    share = make_share(make_person("author"), slides=1)
    lines()
    path = f"/admin/community/communityshare/{share.pk}/save/"
    assert staff.post(path, {"user": ines.pk}).status_code == 302
    by = f"address={ADDRESS} staff={staff.user.pk}"
    assert lines() == [f"event=saved-for person={ines.pk} {by} share={share.pk}"]


def test_corrections_of_credits_are_told_with_their_amount(staff, ines, lines):
    body = {"action": "grant_or_adjust", "_selected_action": [ines.pk], "confirmed": "yes"}
    staff.post("/admin/users/user/", body | {"kind": "adjust", "amount": -20, "note": "a mistake"})
    (line,) = lines()
    start = f"event=credits-changed person={ines.pk} address={ADDRESS} "
    assert line == f"{start}kind=adjustment amount=-20 staff={staff.user.pk}"


def filled(staff, path):
    initial = staff.get(path).context["adminform"].form.initial
    return {name: value for name, value in initial.items() if isinstance(value, str | bool | int)}


def test_changes_of_people_and_their_rights_are_told_by_field(staff, ines, lines):
    path = f"/admin/users/user/{ines.pk}/change/"
    form = filled(staff, path) | {"is_staff": "on", "date_joined_0": "2026-01-01"}
    form |= {"date_joined_1": "12:00:00", "user_permissions": [Permission.objects.first().pk]}
    assert staff.post(path, form).status_code == 302
    (line,) = lines()
    who = f"person={ines.pk} address={ADDRESS} id={ines.pk} staff={staff.user.pk}"
    assert line.startswith(f"event=user-changed {who} fields=")
    assert {"staff-status", "user-permissions"} <= set(line.rpartition("=")[2].split(","))
    new = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert staff.post(f"/admin/users/user/{ines.pk}/password/", new).status_code == 302
    assert lines() == [f"event=user-changed {who} fields=password"]


def test_changes_of_groups_are_told(staff, lines):
    staff.post("/admin/auth/group/add/", {"name": "helpers"})
    group = Group.objects.get()
    body = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
    staff.post("/admin/auth/group/", body)
    about = f"person=- address={ADDRESS} id={group.pk} staff={staff.user.pk} fields=-"
    assert lines() == [f"event=group-added {about}", f"event=group-deleted {about}"]


def test_accounts_that_staff_delete_are_told(staff, ines, lines):
    body = {"action": "delete_accounts", "_selected_action": [ines.pk], "confirmed": "yes"}
    staff.post("/admin/users/user/", body)
    by = f"address={ADDRESS} staff={staff.user.pk}"
    assert lines() == [f"event=account-deleted person={ines.pk} {by}"]
