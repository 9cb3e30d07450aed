"""POST /api/community/sessions/:id/save, answer by answer as the contract has them."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from community.moderation import hide_share
from community.saving import save_session
from community.sharing import share_session, withdraw_session
from credits.ledger import balance_of
from credits.models import CreditAccount, CreditTransaction, FeaturePricing
from joip.users.models import User
from sessions.deletion import delete_session
from sessions.models import Category, Session, SessionMedia
from sessions.snapshots import retire_snapshots
from tests.factories import make_person, make_session, make_share, picture, set_price
from tests.threads import elsewhere


def test_a_first_save_makes_a_session_and_takes_its_price(share, saver, save):
    answer = save(share, saver)
    saved = saver.library.get()
    assert answer == (200, {"success": True, "sessionId": saved.pk, "reused": False})
    assert saved.media_status == "ready"
    charge = CreditTransaction.objects.get(kind="charge")
    assert saved.charge == charge
    assert (charge.amount, charge.balance_after, charge.feature_key) == (-10, 40, "session_create")
    assert (charge.reference, charge.actor) == (f"session:{saved.pk}", saver)
    assert balance_of(saver) == 40


def test_saving_twice_charges_once(share, saver, save):
    _, first = save(share, saver)
    assert save(share, saver) == (200, {**first, "reused": True})
    assert balance_of(saver) == 40


def test_the_copy_keeps_what_the_contract_says(author, saver, transactional_db, save):
    set_price(10)
    category = Category.objects.create(name="Recipes", slug="recipes")
    settings = {
        "title": "Bread in four steps",
        "subreddits": ["breadit", "baking"],
        "category": category,
        "interval_min": 5,
        "interval_max": 20,
        "transition": "zoom",
        "caption_theme": "warm",
        "ai_prompt": "Describe the crumb",
        "is_imported": True,
        "import_source": "reddit",
        "import_url": "https://example.org/r/breadit",
    }
    original = make_session(author, is_favorite=True, **settings)
    share = share_session(session=original)
    save(share, saver)
    saved = saver.library.get()
    kept = set(settings) - {"import_source", "import_url"}
    assert {name: getattr(saved, name) for name in kept} == {n: settings[n] for n in kept}
    assert (saved.import_source, saved.import_url) == ("community", f"community:{share.pk}")
    assert (saved.is_public, saved.is_favorite, saved.is_manual_mode) == (False, False, True)


def test_every_object_is_copied_with_caption_and_order_kept(share, saver, save):
    save(share, saver)
    saved = saver.library.get()
    place = f"users/{saver.pk}/manual-sessions/{saved.pk}/"
    slides = list(saved.media.all())
    assert [slide.caption for slide in slides] == ["Fjord 0", "Fjord 1", "Fjord 2"]
    assert [slide.order for slide in slides] == [0, 1, 2]
    for number, slide in enumerate(slides):
        assert (slide.bucket, slide.key) == ("user-media", f"{place}{slide.name}.jpg")
        with storages["user-media"].open(slide.key) as file:
            assert file.read() == picture(number)


def test_external_media_are_kept_by_reference(author, saver, transactional_db, save):
    set_price(10)
    session = make_session(author, slides=1)
    SessionMedia.objects.create(
        session=session, order=1, media_type="video", external_url="https://example.org/sea.mp4"
    )
    save(share_session(session=session), saver)
    _, external = saver.library.get().media.all()
    assert (external.external_url, external.bucket, external.key) == (
        "https://example.org/sea.mp4",
        "",
        "",
    )


def test_a_repeat_is_answered_after_the_source_is_gone_and_the_price_changed(share, saver, save):
    _, first = save(share, saver)
    set_price(1000, premium_only=True)
    withdraw_session(session=share.session)
    assert save(share, saver) == (200, {**first, "reused": True})
    delete_session(session=share.session)
    assert save(share, saver) == (200, {**first, "reused": True})


def test_authors_may_save_their_own_session(share, author, save):
    assert save(share, author)[0] == 200
    assert author.library.count() == 2


def test_the_signed_out_are_unauthorized_whatever_the_id(client, share):
    for wanted in (share.pk, 999, "abc", ""):
        answer = client.post(f"/api/community/sessions/{wanted}/save")
        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize(
    "wanted",
    [
        *["abc", "0", "-1", "1.5", "1e3", "007", "٣", "²", "9223372036854775808", "1" * 5000],
        *["", "%00", "%20", "1%20", "%0A1", "1%0A", "a/b", "+1", "1_0", "0x1", "%FF"],
    ],
)
def test_an_ill_formed_id_is_refused(client, saver, share, wanted):
    client.force_login(saver)
    answer = client.post(f"/api/community/sessions/{wanted}/save")
    assert (answer.status_code, answer.json()) == (400, {"message": "Invalid session ID"})


@pytest.mark.parametrize("wanted", [999_999, 2**63 - 1])
def test_an_unknown_session_is_not_found(client, saver, share, wanted):
    client.force_login(saver)
    answer = client.post(f"/api/community/sessions/{wanted}/save")
    assert answer.status_code == 404
    assert answer.json() == {"message": "Session not found or not public"}


def test_a_session_made_private_is_not_found(share, saver, save):
    Session.objects.filter(pk=share.session_id).update(is_public=False)
    assert save(share, saver) == (404, {"message": "Session not found or not public"})


NOT_FOUND = (404, {"message": "Session not found or not public"})
NOT_SHARED = (403, {"message": "This session is not shared to the community"})


@pytest.mark.parametrize("was_public", [True, False])
def test_after_a_withdrawal_it_matters_whether_the_session_was_public_before(
    author, saver, save, was_public
):
    share = make_share(author, slides=1, is_public=was_public)
    withdraw_session(session=share.session)
    assert save(share, saver) == (NOT_SHARED if was_public else NOT_FOUND)
    assert not saver.library.exists()


def test_a_share_without_a_whole_snapshot_is_not_shared(share, saver, save):
    retire_snapshots(share.session)
    assert save(share, saver) == NOT_SHARED


def test_a_hidden_share_is_not_found_by_anybody(share, author, saver, save):
    hide_share(share=share)
    staff = make_person("staff", is_staff=True, is_superuser=True)
    for person in (saver, author, staff):
        assert save(share, person) == NOT_FOUND
        assert not person.library.exclude(pk=share.session_id).exists()


def test_too_few_credits_are_refused_with_both_numbers(share, save):
    poor = make_person("poor", balance=5)
    assert save(share, poor) == (
        402,
        {
            "error": "Insufficient credits",
            "code": "INSUFFICIENT_CREDITS",
            "required": 10,
            "current": 5,
            "featureKey": "session_create",
        },
    )
    assert not poor.library.exists()
    assert balance_of(poor) == 5


PREMIUM_ONLY = {
    "error": "This feature is only available for Premium subscribers",
    "code": "PREMIUM_ONLY",
    "featureKey": "session_create",
}
PRICING_MISSING = {
    "error": "Session pricing is not configured",
    "code": "FEATURE_PRICING_MISSING",
    "featureKey": "session_create",
}


def test_a_premium_feature_is_refused_without_premium(share, saver, save):
    set_price(10, premium_only=True)
    assert save(share, saver) == (403, PREMIUM_ONLY)
    premium = CreditAccount.objects.filter(user=saver)
    premium.update(premium_until=timezone.now() - timedelta(seconds=1))
    assert save(share, saver) == (403, PREMIUM_ONLY)
    premium.update(premium_until=timezone.now() + timedelta(days=1))
    assert save(share, saver)[0] == 200
    assert balance_of(saver) == 40


@pytest.mark.parametrize("missing", [True, False])
def test_a_missing_or_inactive_price_closes_the_feature(share, saver, save, missing):
    if missing:
        FeaturePricing.objects.all().delete()
    else:
        set_price(10, is_active=False)
    assert save(share, saver) == (503, PRICING_MISSING)
    assert not saver.library.exists()


def test_a_price_of_nothing_is_free_and_leaves_no_row(share, saver, save):
    set_price(0)
    assert save(share, saver)[0] == 200
    assert not CreditTransaction.objects.filter(kind="charge").exists()


def test_a_price_changed_in_mid_save_changes_nothing(share, saver, save, proxy):
    share = share_session(session=make_session(share.session.owner, slides=2))
    proxy.rules.append(elsewhere(lambda request: set_price(30)))
    assert save(share, saver)[0] == 200
    assert balance_of(saver) == 40


def test_a_first_save_opens_the_account_with_the_sign_up_credits(share, save):
    newcomer = User.objects.create_user("newcomer")
    assert save(share, newcomer)[0] == 200
    rows = CreditTransaction.objects.filter(account=newcomer.pk).order_by("pk")
    assert [(row.kind, row.amount, row.balance_after) for row in rows] == [
        ("grant", 50, 50),
        ("charge", -10, 40),
    ]


def test_saving_again_after_deletion_is_a_new_save(share, saver, save):
    _, first = save(share, saver)
    delete_session(session=saver.library.get())
    _, second = save(share, saver)
    assert second["sessionId"] != first["sessionId"]
    assert second["reused"] is False
    assert balance_of(saver) == 30


def test_staff_may_waive_the_charge_but_not_the_price_list(share, transactional_db):
    poor, staff = make_person("poor", balance=5), make_person("staff", is_superuser=True)
    saved = save_session(community_session_id=share.pk, user=poor, actor=staff, waive_credits=True)
    session = poor.library.get(pk=saved.session_id)
    assert (session.charge_waived, session.charge, balance_of(poor)) == (True, None, 5)
    FeaturePricing.objects.all().delete()
    other = make_share(share.session.owner)
    with pytest.raises(Exception, match="Session pricing is not configured"):
        save_session(community_session_id=other.pk, user=poor, actor=staff, waive_credits=True)


def test_the_ledger_names_the_staff_member_who_saved(share, saver):
    staff = make_person("staff", is_superuser=True)
    save_session(community_session_id=share.pk, user=saver, actor=staff)
    charge = CreditTransaction.objects.get(kind="charge")
    assert (charge.account.user, charge.actor) == (saver, staff)


def test_a_copy_lands_under_a_plain_key_whatever_the_source_was_called(
    author, saver, transactional_db, save
):
    set_price(10)
    session = make_session(author, slides=0)
    for order, key in enumerate(["imported/lake 1.JPG", "imported/lake 2.a b"]):
        storages["user-media"].save(key, ContentFile(picture(order)))
        session.media.create(order=order, media_type="image", bucket="user-media", key=key, size=1)
    save(share_session(session=session), saver)
    first, second = saver.library.get().media.all()
    assert first.key.endswith(f"/{first.name}.jpg")
    assert second.key.endswith(f"/{second.name}")
