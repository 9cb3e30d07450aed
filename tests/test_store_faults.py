"""A store that refuses, hangs, breaks off, forgets an object, or comes back."""

import time
from urllib.request import urlopen

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import storages
from django.core.management import call_command

from community.saving import save_session
from community.sharing import withdraw_session
from credits.ledger import balance_of
from credits.models import CreditTransaction
from joip.media.copy_errors import SourceMissing
from sessions.copying import MediaCopyFailed
from sessions.deletion import delete_session
from sessions.leases import MAX_TAKEOVERS
from tests.factories import make_share, set_price
from tests.ledgers import check_ledger, check_objects, left_over
from tests.servers import BUCKETS
from tests.store_proxy import StoreProxy

FAILED = {"error": "The media could not be copied", "code": "MEDIA_COPY_FAILED"}


def xml(code, message):
    return f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()


REFUSED_IN_A_200 = (200, {}, xml("InternalError", "no"))


@pytest.fixture
def share(proxy, author):
    """Ten slides, whose snapshot is whole before the store begins to fail."""
    set_price(10)
    return make_share(author, slides=10)


@pytest.mark.parametrize(
    "outcome", [403, 429, 500, 503, 544, "reset", "hang", REFUSED_IN_A_200], ids=str
)
def test_a_store_that_keeps_failing_fails_the_save_and_refunds_it(
    proxy, share, saver, save, outcome
):
    proxy.fail_copies(outcome, after=4)
    assert save(share, saver) == (503, FAILED)
    session = saver.library.get()
    assert session.media_status == "failed"
    assert balance_of(saver) == 50
    assert CreditTransaction.objects.get(kind="refund").reverses.kind == "charge"
    check_ledger()


@pytest.mark.parametrize(
    "outcome", [429, 500, 503, 544, "reset", "hang", REFUSED_IN_A_200], ids=str
)
def test_a_store_that_fails_once_costs_nothing(proxy, share, saver, save, outcome):
    proxy.fail_copies(outcome, times=1, after=4)
    assert save(share, saver)[0] == 200
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_what_landed_before_a_failure_is_kept_and_not_copied_again(proxy, share, saver, save):
    proxy.fail_copies(503, after=4)
    save(share, saver)
    session = saver.library.get()
    landed = session.media.count() - session.pending().count()
    assert landed >= 4 - proxy.faults_of_the_store
    proxy.rules.clear()
    proxy.forget()
    answer = save(share, saver)
    assert answer == (200, {"success": True, "sessionId": session.pk, "reused": False})
    assert len(proxy.copies) == 10 - landed
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_nothing_new_is_begun_after_a_failure(proxy, share, saver, save, settings):
    settings.COPY_CONCURRENCY = 2
    proxy.fail_copies(403)
    proxy.forget()
    save(share, saver)
    assert len(proxy.copies) <= 4


@pytest.mark.parametrize("status", [400, 403, 413])
def test_what_asking_again_cannot_mend_is_asked_once(proxy, share, saver, save, settings, status):
    settings.COPY_CONCURRENCY = 1
    proxy.forget()
    proxy.fail_copies(status)
    assert save(share, saver) == (503, FAILED)
    assert len(proxy.copies) == 1


def test_a_failed_copy_is_a_warning_that_keeps_the_cause(proxy, share, saver, save, caplog):
    proxy.fail_copies((403, {}, xml("AccessDenied", "No such policy")))
    save(share, saver)
    (record,) = [record for record in caplog.records if "copy failed" in record.message]
    assert record.levelname == "WARNING"
    (session,) = saver.library.all()
    for part in (
        f"session={session.pk} user={saver.pk}",
        f"{BUCKETS['general']}/community/{session.copied_from_id}/",
        f"-> {BUCKETS['user-media']}/users/{saver.pk}/manual-sessions/{session.pk}/",
        ": 403 AccessDenied: No such policy",
    ):
        assert part in record.message


def test_a_missing_target_bucket_is_named(proxy, share, saver, save, caplog, settings):
    storages["user-media"].bucket_name = "joip-tests-not-there"
    assert save(share, saver) == (503, FAILED)
    assert "bucket joip-tests-not-there does not exist" in caplog.text


def test_patience_begins_anew_with_every_success(proxy, share, saver, save, settings):
    settings.COPY_CONCURRENCY, settings.COPY_PATIENCE_SECONDS = 1, 1
    asked = set()

    def rule(request):
        if request.is_copy and request.path not in asked:
            asked.add(request.path)
            return 503
        return None

    proxy.rules.append(rule)
    started = time.monotonic()
    assert save(share, saver)[0] == 200
    assert time.monotonic() - started > 1.5  # ten pauses, longer than the patience for one
    check_objects()


def test_a_try_takes_no_longer_than_the_patience_left(proxy, share, saver, save, settings):
    settings.S3_READ_TIMEOUT_SECONDS = 60
    proxy.fail_copies(503, times=10)
    proxy.fail_copies("hang")
    started = time.monotonic()
    assert save(share, saver) == (503, FAILED)
    assert time.monotonic() - started < 10


def test_without_patience_nothing_is_asked_again(proxy, share, saver, save, settings):
    settings.COPY_CONCURRENCY, settings.COPY_PATIENCE_SECONDS = 1, 0
    proxy.forget()
    proxy.fail_copies(503)
    assert save(share, saver) == (503, FAILED)
    assert len(proxy.copies) == 1


POSTPONED = {
    "error": "The media cannot be copied at the moment; the copy will be finished later",
    "code": "MEDIA_COPY_POSTPONED",
}


def test_a_refused_clock_is_no_failure_and_a_later_try_goes_on(proxy, share, saver, save, caplog):
    proxy.fail_copies((403, {}, xml("RequestTimeTooSkewed", "The difference is too large")))
    for _ in range(MAX_TAKEOVERS + 3):
        assert save(share, saver) == (503, POSTPONED)
    session = saver.library.get()
    assert (session.media_status, session.copy_takeovers) == ("copying", 0)
    assert "RequestTimeTooSkewed" in caplog.text
    assert balance_of(saver) == 40
    proxy.rules.clear()
    assert save(share, saver) == (
        200,
        {"success": True, "sessionId": session.pk, "reused": True},
    )
    assert balance_of(saver) == 40
    check_ledger()
    check_objects()


def test_a_refused_clock_is_left_to_another_process(proxy, share, saver, save, capsys):
    proxy.fail_copies((403, {}, xml("RequestTimeTooSkewed", "The difference is too large")))
    save(share, saver)
    call_command("resume_copies")
    assert "postponed" in capsys.readouterr().out
    proxy.rules.clear()
    call_command("resume_copies")
    assert saver.library.get().media_status == "ready"
    check_objects()


def test_a_lost_source_object_fails_the_save_every_time_and_costs_nothing(
    s3, share, proxy, saver, save
):
    lost = share.session.snapshots.get().media.all()[5]
    s3.delete_object(Bucket=BUCKETS["general"], Key=lost.key)
    for _ in range(2):
        assert save(share, saver) == (503, FAILED)
    assert balance_of(saver) == 50
    assert saver.library.get().pending().get().order == 5
    check_ledger()


def test_a_404_for_an_object_that_is_there_is_asked_again(proxy, share, saver, save):
    proxy.fail_copies(404, times=1)
    assert save(share, saver)[0] == 200
    check_objects()


def test_a_store_that_stops_and_comes_back_loses_nothing(proxy, share, saver, save, settings):
    settings.COPY_PATIENCE_SECONDS = 25
    proxy.fail_copies("reset", times=25)
    assert save(share, saver)[0] == 200
    check_ledger()
    check_objects()


def test_a_failed_save_is_marked_and_still_plays(proxy, share, saver, save, client):
    proxy.fail_copies(403)
    save(share, saver)
    answer = client.get(f"/api/sessions/{saver.library.get().pk}").json()
    assert answer["session"]["mediaStatus"] == "failed"
    assert answer["session"]["mediaCount"] == 10
    assert len(answer["media"]) == 10


@pytest.mark.parametrize("refused", [(402, "balance"), (404, "withdrawn")], ids=str)
def test_a_failed_save_that_is_refused_stays_failed(proxy, share, saver, save, refused):
    proxy.fail_copies(403)
    save(share, saver)
    status, why = refused
    if why == "balance":
        set_price(51)
    else:
        withdraw_session(session=share.session)
    assert save(share, saver)[0] == status
    assert saver.library.get().media_status == "failed"
    check_ledger()


def test_a_waived_save_is_begun_again_without_a_charge(proxy, share, saver, save):
    proxy.fail_copies(403)
    with pytest.raises(MediaCopyFailed):
        save_session(community_session_id=share.pk, user=saver, waive_credits=True)
    proxy.rules.clear()
    assert save(share, saver)[0] == 200
    assert balance_of(saver) == 50


def test_a_deletion_that_the_store_refuses_leaves_orphans_for_pruning(
    proxy, share, saver, save, s3
):
    save(share, saver)
    session = saver.library.get()
    proxy.rules.append(lambda request: 503 if request.method == "DELETE" else None)
    delete_session(session=session)
    proxy.rules.clear()
    assert not saver.library.exists()
    assert len(left_over()) == 10


def test_objects_above_5_gib_take_the_multipart_path(proxy):
    """Shown with a store that only says how large its object is."""
    gib = 2**30
    parts = []

    def six_gib(request):
        if request.method == "HEAD":
            return (
                200,
                {"Content-Length": str(6 * gib), "Content-Type": "video/mp4", "ETag": '"whole"'},
                b"",
            )
        if "uploads" in request.path:
            return 200, {}, b"<Begun><UploadId>1</UploadId></Begun>"
        if request.is_copy:
            parts.append(request.copy_range)
            return 200, {}, b'<CopyPartResult><ETag>"part"</ETag></CopyPartResult>'
        return 200, {}, b"<Done><Key>b</Key></Done>"

    proxy.rules.append(six_gib)
    storages["user-media"].copy_from(storages["general"], "a.mp4", "b.mp4", size=6 * gib)
    starts = sorted(int(part.removeprefix("bytes=").partition("-")[0]) for part in parts)
    assert starts == [number * gib for number in range(6)]
    assert f"bytes={5 * gib}-{6 * gib - 1}" in parts
    assert proxy.requests[1].content_type == "video/mp4"


# A store need not take them all: Supabase refuses quotation marks and what is not ASCII.
NAMES = [
    "a lake.jpg",
    "a+b.jpg",
    "lake (1).jpg",
    "rock & roll.jpg",
    "o'clock.jpg",
    'a "quote".jpg',
    "x=1,y:2;z@3!.jpg",
    "Zürich, 東京.jpg",
]


@pytest.mark.parametrize("raw", [False, True], ids=["encoded", "raw"])
def test_odd_keys_copy_right_whichever_form_of_source_the_store_expects(proxy, s3, raw):
    proxy.raw_copies_by = s3 if raw else None
    names = [name for name in NAMES if (name.isascii() or not raw) and takes(s3, name)]
    assert "a lake.jpg" in names
    for number, name in enumerate(names):
        storages["user-media"].copy_from(storages["general"], name, f"{number}.jpg", size=1)
        copied = s3.get_object(Bucket=BUCKETS["user-media"], Key=f"{number}.jpg")
        assert copied["Body"].read() == name.encode()
    # Once the store's form is known, it is asked once again.
    assert len(proxy.copies) == len(names) + raw


def takes(s3, name):
    """Store an object of this name, if the store allows it."""
    try:
        s3.put_object(Bucket=BUCKETS["general"], Key=name, Body=name.encode())
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 400:
            raise
        return False
    return True


def test_a_missing_source_is_told_from_a_misread_one(proxy):
    for name in ("plain.jpg", "with space.jpg"):
        with pytest.raises(SourceMissing):
            storages["user-media"].copy_from(storages["general"], name, "b.jpg", size=1)


def test_the_proxy_keeps_the_path_of_an_endpoint(proxy):
    """As Supabase's has one, which is signed."""
    outer = StoreProxy(f"{proxy.url}/storage/v1/s3")
    proxy.rules.append(lambda request: (200, {}, b"here"))
    try:
        with urlopen(f"{outer.url}/general/a.jpg") as answer:
            assert answer.read() == b"here"
    finally:
        outer.close()
    assert [request.path for request in proxy.requests] == ["/storage/v1/s3/general/a.jpg"]
