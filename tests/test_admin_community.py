"""Shares in the admin, and saving for somebody else."""

from itertools import chain

import pytest
from django.contrib.messages import get_messages

from community.models import CommunityShare
from community.saving import CreditsOfOthers, save_session
from credits.ledger import balance_of
from credits.models import CreditTransaction
from sessions.editing import delete_slide
from sessions.models import Session
from sessions.snapshots import retire_snapshots
from tests.factories import set_price
from tests.ledgers import check_ledger, check_objects

LIST = "/admin/community/communityshare/"


def run(client, action, *shares):
    chosen = [share.pk for share in shares]
    data = {"action": action, "_selected_action": chosen}
    answer = client.post(LIST, data | {"reason": "spam", "sentence": "Somebody complained."})
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.fixture
def state(admin_client):
    """The states of all shares, as the list says them."""

    def state():
        shares = admin_client.get(LIST).context["cl"].result_list
        for share in shares:
            found = admin_client.get(LIST, {"state": share.state}).context["cl"].result_list
            assert share in found
        return [share.state for share in shares]

    return state


def test_a_hidden_share_cannot_be_saved_until_it_is_unhidden(
    admin_client, share, saver, save, state
):
    assert run(admin_client, "hide", share) == ["Fjords in May: Hidden."]
    assert state() == ["hidden"]
    assert save(share, saver)[0] == 404
    assert run(admin_client, "unhide", share) == ["Fjords in May: Unhidden."]
    assert state() == ["open"]
    assert save(share, saver)[0] == 200


def test_a_withdrawn_share_is_offered_anew_by_sharing_again(
    admin_client, share, saver, save, state
):
    run(admin_client, "withdraw", share)
    assert state() == ["withdrawn"]
    assert save(share, saver)[0] == 404
    share.session.refresh_from_db()
    assert not share.session.is_public  # as before it was shared
    assert run(admin_client, "share_again", share) == ["Fjords in May: Shared again."]
    assert state() == ["open"]
    assert save(share, saver)[0] == 200


def test_a_refusal_names_the_share(admin_client, share):
    Session.objects.filter(pk=share.session_id).update(media_status="failed")
    assert run(admin_client, "share_again", share) == [
        "Fjords in May: Only a session whose media are complete can be shared"
    ]


def test_a_share_without_a_snapshot_is_not_open(share, state):
    retire_snapshots(share.session)
    assert state() == ["incomplete"]


def test_a_session_without_slides_is_not_shared_again(admin_client, share, state):
    for slide in share.session.media.all():
        delete_slide(slide=slide)
    told = run(admin_client, "share_again", share)
    assert told == ["Fjords in May: A session without slides cannot be shared"]
    assert state() == ["open"]


def test_the_list_counts_saves(admin_client, share, saver, save):
    save(share, saver)
    assert [found.save_count for found in admin_client.get(LIST).context["cl"].result_list] == [1]


def test_the_page_shows_what_people_save_even_while_hidden(admin_client, share):
    run(admin_client, "hide", share)
    page = admin_client.get(f"{LIST}{share.pk}/change/").content.decode()
    assert page.count('loading="lazy"') == 3
    assert f'href="{LIST}{share.pk}/save/"' in page


def test_a_share_is_not_added_edited_or_deleted(admin_client, share):
    for page in ("add/", f"{share.pk}/delete/"):
        assert admin_client.post(LIST + page, {"post": "yes"}).status_code == 403
    before = CommunityShare.objects.values().get()
    admin_client.post(f"{LIST}{share.pk}/change/", {"save_count": 100, "hidden_at": "2026-01-01"})
    assert CommunityShare.objects.values().get() == before


@pytest.fixture
def save_for(admin_client, share):
    """Staff save the share for this person; the answer, and the texts they read."""

    def save_for(person, **fields):
        answer = admin_client.post(f"{LIST}{share.pk}/save/", {"user": person.pk, **fields})
        form = answer.context["form"].errors if answer.context else {}
        said = [str(message) for message in get_messages(answer.wsgi_request)]
        return answer, [*said, *chain(*form.values())]

    return save_for


def test_the_person_pays_and_the_ledger_names_who_did_it(save_for, saver, admin_user):
    answer, said = save_for(saver)
    saved = saver.library.get()
    address = f"/admin/library/session/{saved.pk}/change/"
    assert said == [f'Saved for saver: <a href="{address}">session {saved.pk}</a>.']
    assert answer.status_code == 302
    assert (saved.media_status, balance_of(saver)) == ("ready", 40)
    assert CreditTransaction.objects.latest("pk").actor == admin_user
    check_ledger()
    check_objects()


def test_saving_twice_says_so_and_charges_once(save_for, saver):
    save_for(saver)
    _, said = save_for(saver)
    assert said[-1].startswith("Saved before by saver: ")
    assert balance_of(saver) == 40


def test_nobody_pays_when_credits_are_waived(save_for, saver):
    save_for(saver, waive_credits="on")
    saved = saver.library.get()
    assert (saved.charge_waived, saved.charge, balance_of(saver)) == (True, None, 50)


def test_a_refusal_is_shown_on_the_form(save_for, saver):
    set_price(100)
    answer, said = save_for(saver)
    assert answer.status_code == 200
    assert said == ["Insufficient credits"]
    assert not saver.library.exists()


def test_a_deactivated_person_gets_nothing(save_for, saver):
    saver.is_active = False
    saver.save()
    assert "valid choice" in save_for(saver)[1][0]


def test_the_form_finds_people_by_name(admin_client, share, saver):
    page = admin_client.get(f"{LIST}{share.pk}/save/").content.decode()
    assert "select2.full" in page
    assert 'data-ajax--url="/admin/autocomplete/"' in page
    asked = {"app_label": "library", "model_name": "session", "field_name": "owner", "term": "sav"}
    answer = admin_client.get("/admin/autocomplete/", asked).json()
    assert answer["results"] == [{"id": str(saver.pk), "text": "saver"}]


def test_a_share_that_is_not_there_is_not_found(admin_client):
    assert admin_client.get(f"{LIST}{10**30}/save/").status_code == 404


def test_staff_who_may_only_look_can_neither_hide_nor_save(client, share, saver, staff_who_may):
    client.force_login(staff_who_may("view_communityshare"))
    assert "/save/" not in client.get(f"{LIST}{share.pk}/change/").content.decode()
    client.post(LIST, {"action": "hide", "_selected_action": share.pk})
    answer = client.post(f"{LIST}{share.pk}/save/", {"user": saver.pk})
    assert answer.status_code == 403
    share.refresh_from_db()
    assert share.hidden_at is None
    assert not saver.library.exists()


SAVES = ["view_communityshare", "save_for_others"]


def test_saving_for_others_needs_a_right_of_its_own(client, share, saver, staff_who_may):
    client.force_login(staff_who_may("change_communityshare", "change_creditaccount"))
    assert "/save/" not in client.get(f"{LIST}{share.pk}/change/").content.decode()
    assert client.post(f"{LIST}{share.pk}/save/", {"user": saver.pk}).status_code == 403
    staff_who_may(*SAVES, "change_creditaccount")
    assert f"{share.pk}/save/" in client.get(f"{LIST}{share.pk}/change/").content.decode()
    assert client.post(f"{LIST}{share.pk}/save/", {"user": saver.pk}).status_code == 302
    assert balance_of(saver) == 40


def test_charging_another_needs_the_right_to_credits(client, share, saver, staff_who_may):
    staff = staff_who_may(*SAVES)
    client.force_login(staff)
    answer = client.post(f"{LIST}{share.pk}/save/", {"user": saver.pk, "waive_credits": "on"})
    assert "You may not charge another person" in answer.content.decode()
    assert (saver.library.exists(), balance_of(saver)) == (False, 50)
    # What is left to them: their own credits, and what is free.
    client.post(f"{LIST}{share.pk}/save/", {"user": staff.pk, "waive_credits": "on"})
    assert (staff.library.get().charge_waived, balance_of(staff)) == (False, 40)
    set_price(0)
    client.post(f"{LIST}{share.pk}/save/", {"user": saver.pk})
    assert (saver.library.get().charge, balance_of(saver)) == (None, 50)


def test_waiving_needs_the_right_to_credits(share, staff_who_may):
    staff = staff_who_may(*SAVES)
    with pytest.raises(CreditsOfOthers):
        save_session(community_session_id=share.pk, user=staff, actor=staff, waive_credits=True)
    assert not staff.library.exists()
