"""Every page and action of the admin, for staff with each permission that there is, alone."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from community.models import CommunityShare
from community.moderation import dismiss_reports, report_share
from community.saving import save_session
from credits.ledger import grant
from credits.models import FeaturePricing
from joip.api_tokens.tokens import make_token
from joip.users.models import User
from sessions.categories import Category
from sessions.models import Session
from tests.factories import make_person, make_share, set_price
from tests.test_three_people import everything

# Which permission for the model opens a page, alone: view, add, change, delete.
TABLE = """
                             changelist  add  change  history  delete
api_tokens.apitoken          vc          -    vc      vc       d
auth.group                   vc          -    vc      vc       -
users.user                   vc          -    vc      vc       -
community.communityshare     vc          -    vc      vc       -
community.reportedshare      vc          -    vc      vc       -
community.decision           vc          -    vc      vc       -
credits.creditaccount        vc          -    vc      vc       -
credits.credittransaction    vc          -    vc      vc       -
credits.featurepricing       vc          a    vc      vc       d
library.category             vc          a    vc      vc       d
library.session              vc          -    vc      vc       d
"""
# What else there is, by the names of the addresses. A "+" means that both are needed.
OTHERS = {
    "auth_user_password_change": ["users.change_user"],
    "community_communityshare_save": ["community.view_communityshare+community.save_for_others"],
}
TOGETHER = [
    *OTHERS["community_communityshare_save"],
    "users.add_user+users.change_user",  # Django's condition for adding people
]
FOR_SUPERUSERS = ["auth.group.delete_selected"]
FOR_ALL_STAFF = ["index", "password_change", "password_change_done", "jsi18n"]
NO_PAGE = ["login", "logout", "autocomplete", "view_on_site", "app_list"]
ACTIONS = {
    "api_tokens.apitoken.delete_selected": "api_tokens.delete_apitoken",
    "users.user.grant_or_adjust": "credits.change_creditaccount",
    "users.user.remove_second_factor": "users.change_user",
    "users.user.delete_accounts": "users.delete_user",
    "credits.creditaccount.grant_or_adjust": "credits.change_creditaccount",
    "credits.featurepricing.delete_selected": "credits.delete_featurepricing",
    "community.communityshare.feature": "community.change_communityshare",
    "community.communityshare.unfeature": "community.change_communityshare",
    "community.communityshare.hide": "community.change_communityshare",
    "community.communityshare.hide_with_copies": "community.change_communityshare",
    "community.communityshare.unhide": "community.change_communityshare",
    "community.communityshare.dismiss": "community.change_communityshare",
    "community.communityshare.withdraw": "community.change_communityshare",
    "community.communityshare.share_again": "community.change_communityshare",
    "community.reportedshare.hide": "community.change_reportedshare",
    "community.reportedshare.hide_with_copies": "community.change_reportedshare",
    "community.decision.unhide": "community.change_communityshare",
    "community.reportedshare.dismiss": "community.change_reportedshare",
    "library.session.resume": "library.change_session",
    "library.session.delete_selected": "library.delete_session",
}
SEE_NAMES = {"users.view_user", "users.change_user"}
NAME = "hush"  # in all names of all people but the staff who look


def read_table():
    """The permissions that open a page alone, by the name of its address."""
    header, *lines = TABLE.strip("\n").splitlines()
    verbs = {"v": "view", "a": "add", "c": "change", "d": "delete"}
    opens = {}
    for line in lines:
        label, *cells = line.split()
        app, model = label.split(".")
        for page, cell in zip(header.split(), cells, strict=True):
            letters = [] if cell == "-" else cell
            opens[f"{app}_{model}_{page}"] = {f"{app}.{verbs[x]}_{model}" for x in letters}
    opens["users_user_add"] = {TOGETHER[1]}
    return opens | {page: set(rights) for page, rights in OTHERS.items()}


OPENS = read_table()


@pytest.fixture
def rows(transactional_db):
    """A row of each model that the admin shows, each with names of people."""
    set_price(0)
    names = {"display_name": "Hush Ines", "email": "hush@example.org"}
    chief = make_person("hush-chief", is_staff=True, **names)
    author, saver = make_person("hush-author", **names), make_person("hush-saver", **names)
    category = Category.objects.create(name="Fjords", slug="fjords")
    share = make_share(author, slides=1)
    save_session(community_session_id=share.pk, user=saver, actor=saver)
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    dismiss_reports(share=share, actor=chief, note="no")
    report_share(community_session_id=share.pk, user=author, reason="spam")
    FeaturePricing.objects.update(updated_by=chief)
    grant(user=author, amount=5, note="a gift", actor=chief)
    Group.objects.create(name="painters")
    make_token(user=author, name="Photo frame", scope="read")
    newest = {
        model: model._default_manager.order_by("-pk").first() for model in admin.site._registry
    }
    newest |= {User: author, Session: saver.library.get(), Category: category}
    for model, row in newest.items():
        LogEntry.objects.create(
            user=chief,
            content_type=get_content_type_for_model(model),
            object_id=row.pk,
            object_repr=str(row),
            action_flag=CHANGE,
        )
    return newest


def pages_of(model, rows):
    """The addresses of all pages of the model, by name."""
    return {
        pattern.name: reverse(
            f"admin:{pattern.name}", args=[rows[model].pk] if pattern.pattern.converters else []
        )
        for pattern in admin.site._registry[model].get_urls()
        if pattern.name  # without one it is an old address, which redirects
    }


def all_pages(rows):
    of_models = [pages_of(model, rows) for model in admin.site._registry]
    return {name: address for pages in of_models for name, address in pages.items()}


def rights_of(model):
    content_type = get_content_type_for_model(model)
    return [named(right) for right in Permission.objects.filter(content_type=content_type)]


def named(right):
    return f"{right.content_type.app_label}.{right.codename}"


def staff_with(*rights):
    person, _ = User.objects.get_or_create(username="staff", is_staff=True)
    person.user_permissions.set(
        right
        for right in Permission.objects.select_related("content_type")
        if named(right) in rights
    )
    return User.objects.get(pk=person.pk)


def signed_in(person):
    browser = Client()
    browser.force_login(person)
    return browser


def opens(page, rights):
    return any(set(needed.split("+")) <= set(rights) for needed in OPENS[page])


def test_the_table_names_every_page_and_every_action(rows, rf, admin_user):
    of_site = {pattern.name for pattern in admin.site.get_urls() if getattr(pattern, "name", None)}
    assert of_site == {*FOR_ALL_STAFF, *NO_PAGE}
    assert set(all_pages(rows)) == set(OPENS)
    assert actions_of(admin_user, rf) == {*ACTIONS, *FOR_SUPERUSERS}


def test_each_right_to_a_model_opens_pages_as_the_table_says_and_shows_no_names(rows, subtests):
    browser = signed_in(staff_with())
    before = without_times(everything())
    for model in admin.site._registry:
        alone = [[right] for right in rights_of(model)]
        together = [pair.split("+") for pair in TOGETHER if pair.split("+")[0] in rights_of(model)]
        for rights in alone + together:
            staff_with(*rights)
            with subtests.test(rights=rights):
                assert_opens(browser, rights, pages_of(model, rows))
    assert without_times(everything()) == before


def assert_opens(browser, rights, addresses):
    for page, address in addresses.items():
        answer = browser.get(address)
        assert answer.status_code == (200 if opens(page, rights) else 403), page
        if not SEE_NAMES.intersection(rights):
            assert NAME not in answer.content.decode().lower(), page


def test_all_rights_to_everything_else_open_no_page_of_a_model(rows, subtests):
    browser = signed_in(staff_with())
    every = {named(right) for right in Permission.objects.select_related("content_type")}
    for model in admin.site._registry:
        rights = every.difference(rights_of(model))
        staff_with(*rights)
        with subtests.test(model=model):
            assert_opens(browser, rights, pages_of(model, rows))


def test_all_staff_have_the_pages_about_themselves(rows):
    browser = signed_in(staff_with())
    for page in FOR_ALL_STAFF:
        answer = browser.get(reverse(f"admin:{page}"))
        assert (answer.status_code, NAME in answer.content.decode().lower()) == (200, False)


def without_times(found):
    """Not who looked and when, nor the rights that the test gives."""
    rows, objects = found
    not_compared = {"users_user", "users_user_user_permissions"}
    return {table: of_it for table, of_it in rows.items() if table not in not_compared}, objects


def actions_of(person, rf):
    request = rf.get("/")
    request.user = person
    return {
        f"{model._meta.label_lower}.{action}"
        for model, model_admin in admin.site._registry.items()
        for action in model_admin.get_actions(request)
    }


def test_each_permission_offers_the_actions_of_the_table(rows, rf, subtests):
    for right in map(named, Permission.objects.select_related("content_type")):
        offered = {action for action, needed in ACTIONS.items() if needed == right}
        with subtests.test(right=right):
            assert actions_of(staff_with(right), rf) == offered


def post_action(browser, action, rows, **fields):
    model = {model._meta.label_lower: model for model in rows}[action.rpartition(".")[0]]
    address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    data = {"action": action.rpartition(".")[2], "_selected_action": rows[model].pk}
    return browser.post(address, data | fields, follow=True)


def view_of(action):
    app, model, _ = action.split(".")
    return f"{app}.view_{model}"


CONFIRMED = {
    "confirmed": "yes",
    "post": "yes",
    "note": "because",
    "kind": "grant",
    "amount": "5",
}


def test_an_action_that_is_not_offered_does_nothing(rows, subtests):
    browser = signed_in(staff_with("users.view_user"))
    for action in ACTIONS:
        staff_with(view_of(action))
        before = everything()
        with subtests.test(action=action):
            assert post_action(browser, action, rows, **CONFIRMED).status_code == 200
            assert everything() == before


@pytest.mark.parametrize("action", [x for x in ACTIONS if not x.startswith("users.")])
def test_an_action_names_nobody_to_staff_who_may_not_view_people(rows, action):
    browser = signed_in(staff_with(view_of(action), ACTIONS[action]))
    for fields in ({}, CONFIRMED):
        answer = post_action(browser, action, rows, **fields)
        assert answer.status_code == 200
        assert NAME not in answer.content.decode().lower()


def test_saving_for_somebody_names_nobody_either(rows):
    browser = signed_in(staff_with(*TOGETHER[0].split("+")))
    share, saver = CommunityShare.objects.get(), User.objects.get(username="hush-saver")
    address = reverse("admin:community_communityshare_save", args=[share.pk])
    for person in (saver.pk, 999_999, "hush-saver"):
        answer = browser.post(address, {"user": person}, follow=True)
        assert answer.status_code == 200
        assert NAME not in answer.content.decode().lower().replace('value="hush-saver"', "")
    assert (
        "Saved before by Person" in browser.get(address.replace("save", "history")).content.decode()
    )


# Pages that show a person to whoever may open them, as a number at least.
WITH_PEOPLE = [
    "users_user_changelist",
    "community_communityshare_changelist",
    "community_communityshare_change",
    "community_reportedshare_changelist",
    "community_reportedshare_change",
    "community_decision_changelist",
    "community_decision_change",
    "credits_creditaccount_changelist",
    "credits_creditaccount_change",
    "credits_credittransaction_changelist",
    "credits_credittransaction_change",
    "credits_featurepricing_changelist",
    "credits_featurepricing_change",
    "library_session_changelist",
    "library_session_change",
    *[page for page in OPENS if page.endswith("_history")],
]


def test_staff_who_may_view_people_read_their_names(rows, admin_client, subtests):
    addresses = all_pages(rows)
    for page in WITH_PEOPLE:
        with subtests.test(page=page):
            assert NAME in admin_client.get(addresses[page]).content.decode().lower()


def test_a_search_by_name_finds_nothing_for_staff_who_may_not_view_people(rows, admin_client):
    browser = signed_in(staff_with("users.view_user"))
    for model in (m for m in admin.site._registry if m is not User):
        staff_with(f"{model._meta.app_label}.view_{model._meta.model_name}")
        address = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
        for person in (browser, admin_client):
            found = person.get(address, {"q": "hush"}).context["cl"].result_count
            assert found == 0 or person is admin_client, model
    for model in ("community/communityshare", "library/session", "credits/creditaccount"):
        found = admin_client.get(f"/admin/{model}/", {"q": "hush"}).context["cl"].result_count
        assert found > 0, model


def test_only_staff_who_may_view_people_are_offered_people(rows):
    browser = signed_in(staff_with("users.view_user"))
    asked = {
        "app_label": "library",
        "model_name": "session",
        "field_name": "owner",
        "term": "saver",
    }
    saver = User.objects.get(username="hush-saver")
    answer = browser.get("/admin/autocomplete/", asked)
    assert answer.json()["results"] == [{"id": str(saver.pk), "text": "hush-saver"}]
    staff_with("library.change_session")
    assert browser.get("/admin/autocomplete/", asked).status_code == 403
