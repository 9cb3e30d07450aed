"""Reports by people, the queue of staff, and what they decide: who, when and why."""

import pytest
from django.contrib.messages import get_messages

from community.models import CommunityShare, Decision, Report
from community.moderation import dismiss_reports, hide_share, report_share, unhide_share
from community.saving import save_session
from community.sharing import share_session
from joip.accounts.deletion import delete_account
from joip.api.authentication import Unauthorized
from sessions.deletion import delete_session
from sessions.editing import edit_session
from tests.factories import make_person, make_session, make_share, set_price

QUEUE = "/admin/community/reportedshare/"
NOT_FOUND = (404, {"message": "Session not found", "code": "SESSION_NOT_FOUND"})


@pytest.fixture
def report(client):
    """Report over HTTP: the answer's status and body."""

    def report(share, person, reason="spam", **fields):
        client.force_login(person)
        body = {"reason": reason, **fields}
        answer = client.post(f"/api/community/sessions/{share.pk}/report", body, format="json")
        return answer.status_code, answer.json()

    return report


@pytest.fixture
def decide(admin_client):
    """Do it to the shares by an action of the queue; what staff are told."""

    def decide(action, *shares, sentence="Sells soup.", address=QUEUE):
        chosen = [share.pk for share in shares]
        data = {"action": action, "_selected_action": chosen}
        answer = admin_client.post(address, data | {"reason": "spam", "sentence": sentence})
        return [str(message) for message in get_messages(answer.wsgi_request)]

    return decide


@pytest.fixture
def waiting_shares(admin_client):
    return lambda: list(admin_client.get(QUEUE).context["cl"].result_list)


def test_a_report_is_kept_with_reason_and_text(share, saver, report):
    assert report(share, saver, "privacy", text="My house") == (201, {"success": True})
    kept = Report.objects.get()
    assert (kept.share, kept.reporter, kept.reason) == (share, saver, "privacy")
    assert (kept.text, kept.decision) == ("My house", None)


def test_a_second_report_of_one_person_changes_nothing(share, saver, report):
    report(share, saver, "privacy", text="My house")
    assert report(share, saver, "spam") == (201, {"success": True})
    assert Report.objects.get().reason == "privacy"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        *[({"reason": "boring"}, "reason"), ({"reason": None}, "reason")],
        *[({"text": "x" * 2001}, "text"), ({"text": None}, "text"), ({"state": 1}, "state")],
    ],
)
def test_a_senseless_report_names_the_field(share, saver, report, fields, field):
    status, body = report(share, saver, **fields)
    assert (status, list(body["fields"])) == (400, [field])
    assert not Report.objects.exists()


def test_only_what_one_sees_can_be_reported(author, share, saver, report):
    hidden, private = make_share(author, slides=1), make_share(author, slides=1)
    hide_share(share=hidden)
    edit_session(session=private.session, is_public=False)
    for unseen in (hidden, private, CommunityShare(pk=999_999)):
        assert report(unseen, saver) == NOT_FOUND
    assert report(hidden, author) == (201, {"success": True})


def test_the_queue_shows_the_most_reported_first_with_slides_and_reasons(
    admin_client, author, share, saver, waiting_shares
):
    often = make_share(author, title="By train", slides=6)
    make_share(author, title="Nobody minds", slides=1)
    third = make_person("third")
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    for person, reason in [(saver, "spam"), (third, "spam"), (author, "other")]:
        report_share(community_session_id=often.pk, user=person, reason=reason)
    assert waiting_shares() == [often, share]
    page = admin_client.get(QUEUE).content.decode()
    assert "Spam (2), Other (1)" in page
    assert page.count('loading="lazy"') == 4 + 3


def test_hiding_answers_the_reports_and_says_who_and_why(
    share, saver, report, decide, waiting_shares, admin_user, save
):
    report(share, saver)
    assert decide("hide", share) == ["Fjords in May: Hidden."]
    assert waiting_shares() == []
    decision = Decision.objects.get()
    assert (decision.kind, decision.actor) == ("hide", admin_user)
    assert (decision.reason, decision.sentence) == ("spam", "Sells soup.")
    assert (decision.title, decision.community_session_id) == ("Fjords in May", share.pk)
    assert Report.objects.get().decision == decision
    assert save(share, saver)[0] == 404


def test_dismissing_answers_the_reports_and_hides_nothing(
    share, saver, report, decide, waiting_shares, save
):
    report(share, saver)
    assert decide("dismiss", share) == ["Fjords in May: Reports dismissed."]
    assert waiting_shares() == []
    assert Report.objects.get().decision.kind == "dismiss"
    assert save(share, saver)[0] == 200


def test_who_reported_is_told_that_it_was_answered(client, author, share, saver, report):
    other = make_share(author, slides=1)
    report(share, saver, "privacy", text="My house")
    report(other, saver)
    hide_share(share=share, note="Her house indeed.")
    dismiss_reports(share=other)
    report(make_share(author, slides=1), saver)
    waiting, dismissed, hidden = client.get("/api/reports").json()
    answer = Report.objects.get(share=share).decision
    assert hidden.pop("reportedAt") < hidden["answeredAt"]
    assert hidden == {
        "id": answer.reports.get().pk,
        "communitySessionId": share.pk,
        "reason": "privacy",
        "text": "My house",
        "status": "answered",
        "answeredAt": answer.created_at.isoformat().replace("+00:00", "Z"),
        "hidden": True,
    }
    assert (dismissed["status"], dismissed["hidden"]) == ("answered", False)
    assert (waiting["status"], waiting["answeredAt"], waiting["hidden"]) == ("waiting", None, False)


def test_reports_come_in_pages_and_are_shown_to_nobody_else(client, author, share, saver, report):
    for reported in (share, make_share(author, slides=1)):
        report(reported, saver)
    page = client.get("/api/reports?limit=1")
    assert ([one["id"] for one in page.json()], 'rel="next"' in page["Link"]) == (
        [Report.objects.latest("pk").pk],
        True,
    )
    client.force_login(author)
    assert client.get("/api/reports").json() == []


@pytest.fixture
def told(client, author):
    """What the author is told of decisions about a share: by its session, and by itself."""

    def told(share):
        client.force_login(author)
        paths = [
            f"/api/sessions/{share.session_id}/{name}" for name in ("decisions", "community-share")
        ]
        decisions, shared = [client.get(path).json() for path in paths]
        assert shared["decision"] == (decisions[0] if decisions else None)
        return decisions

    return told


def test_the_author_reads_why_and_not_who(share, told, admin_user):
    dismiss_reports(share=share, actor=admin_user, note="Nothing wrong with it.")
    assert told(share) == []
    said = {"sentence": "The second picture is not yours.", "note": "See mail of Theo."}
    hide_share(share=share, actor=admin_user, reason="copyright", **said)
    unhide_share(share=share, actor=admin_user, sentence="He allows it.")
    shown, hidden = told(share)
    assert hidden.pop("decidedAt") < shown.pop("decidedAt")
    assert [shown, hidden] == [
        {
            "kind": "unhide",
            "reason": "",
            "sentence": "He allows it.",
            "originId": None,
            "decidedBy": "staff",
        },
        {
            "kind": "hide",
            "reason": "copyright",
            "sentence": "The second picture is not yours.",
            "originId": None,
            "decidedBy": "staff",
        },
    ]


def test_the_author_of_a_copy_is_told_that_it_followed_from_another(author, told):
    set_price(1)
    original = make_share(make_person("ruth"), slides=1)
    save_session(community_session_id=original.pk, user=author)
    copy = share_session(session=author.library.get())
    hide_share(share=original, reason="spam", sentence="Soup.", reaches_copies=True)
    (decision,) = told(copy)
    assert (decision["originId"], decision["reason"]) == (original.pk, "spam")


def test_a_report_that_was_answered_is_made_anew_of_another_snapshot_only(
    share, saver, report, waiting_shares
):
    report(share, saver)
    dismiss_reports(share=share)
    report(share, saver, "copyright")
    assert waiting_shares() == []
    share_session(session=share.session)
    report(share, saver, "privacy", text="Worse now.")
    assert waiting_shares() == [share]
    assert (Report.objects.get().reason, Report.objects.get().text) == ("privacy", "Worse now.")


def test_unhiding_answers_no_report_that_came_since(share, author, saver, report, waiting_shares):
    hide_share(share=share)
    report(share, author, "other", text="It was nothing.")
    unhide_share(share=share)
    assert waiting_shares() == [share]


def test_a_new_report_brings_a_dismissed_share_back(share, saver, report, waiting_shares):
    report(share, saver)
    dismiss_reports(share=share)
    report(share, make_person("third"))
    (found,) = waiting_shares()
    assert found.report_count == 1


def test_unhiding_is_a_decision_too(share, decide, save, saver):
    hide_share(share=share)
    address = "/admin/community/communityshare/"
    assert decide("unhide", share, sentence="A mistake.", address=address)
    assert Decision.objects.latest("pk").sentence == "A mistake."
    assert save(share, saver)[0] == 200


def test_a_hidden_session_stays_hidden_when_it_is_shared_again(share, save, saver):
    hide_share(share=share)
    share_session(session=share.session)
    assert save(share, saver)[0] == 404


def test_a_copy_saved_before_still_plays(client, share, save, saver):
    _, saved = save(share, saver)
    hide_share(share=share)
    answer = client.get(f"/api/sessions/{saved['sessionId']}")
    assert (answer.status_code, len(answer.json()["media"])) == (200, 3)


def test_decisions_outlive_the_session_and_reports_do_not(share, saver, admin_client):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    hide_share(share=share, note="Sells soup.")
    delete_session(session=share.session)
    assert not Report.objects.exists()
    decision = Decision.objects.get()
    assert (decision.share, decision.community_session_id) == (None, share.pk)
    page = admin_client.get("/admin/community/decision/").content.decode()
    assert "Sells soup." in page
    assert "Fjords in May" in page


def test_decisions_and_reports_are_not_edited(admin_client, share, saver):
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    before = list(Report.objects.values())
    admin_client.post(f"{QUEUE}{share.pk}/change/", {"reason": "other", "text": "Nothing."})
    assert list(Report.objects.values()) == before
    hide_share(share=share)
    for page in ("add/", f"{Decision.objects.get().pk}/change/"):
        assert admin_client.post(f"/admin/community/decision/{page}", {}).status_code == 403


def test_a_deleted_account_leaves_its_reports_without_its_words(share, saver, report):
    report(share, saver, text="I live there")
    delete_account(user=saver)
    assert (Report.objects.get().reason, Report.objects.get().text) == ("spam", "")


def test_a_deleted_account_reports_nothing_any_more(share, saver):
    delete_account(user=saver)
    with pytest.raises(Unauthorized):
        report_share(community_session_id=share.pk, user=saver, reason="spam", text="Late")
    assert not Report.objects.exists()


def test_staff_who_may_only_look_decide_nothing(client, share, saver, report, staff_who_may):
    report(share, saver)
    client.force_login(staff_who_may("view_reportedshare"))
    assert client.get(QUEUE).status_code == 200
    said = {"action": "hide", "reason": "spam", "sentence": "why"}
    client.post(QUEUE, {"_selected_action": share.pk, **said})
    assert client.post(f"{QUEUE}{share.pk}/change/", said).status_code == 403
    share.refresh_from_db()
    assert share.hidden_at is None


def test_staff_who_moderate_decide(client, share, saver, report, staff_who_may):
    report(share, saver)
    client.force_login(staff_who_may("view_reportedshare", "change_reportedshare"))
    said = {"action": "hide", "reason": "spam", "sentence": "why"}
    client.post(QUEUE, {"_selected_action": share.pk, **said})
    share.refresh_from_db()
    assert share.hidden_at


def test_one_whose_share_is_reported_and_deleted_is_out_of_the_queue(author, saver, waiting_shares):
    share = make_share(author)
    report_share(community_session_id=share.pk, user=saver, reason="spam")
    delete_session(session=share.session)
    assert waiting_shares() == []
    assert make_session(author)
