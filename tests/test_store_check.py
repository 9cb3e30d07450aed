"""`check_store` says in a sentence what is wrong with the media store."""

import os
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

from joip.media.s3_bucket import forget_clients
from joip.operations.store_check import CONTENT
from joip.settings import local_bucket
from tests.servers import BUCKETS, free_port
from tests.store_proxy import StoreProxy

pytestmark = pytest.mark.backend_free


@pytest.fixture(autouse=True)
def _configured(settings):
    settings.S3_ENDPOINT_URL = ""


@pytest.fixture
def store(proxy, settings):
    """The store behind a proxy, which settings name."""
    settings.S3_ENDPOINT_URL = proxy.url
    return proxy


@pytest.fixture
def check(capsys):
    """Run the command: what is wrong, and what it prints."""

    def check(**options):
        forget_clients()
        try:
            call_command("check_store", **options)
            wrong = None
        except CommandError as error:
            wrong = str(error)
        printed = capsys.readouterr()
        return wrong, printed.out + printed.err

    return check


def change(settings, **options):
    """Both buckets with other options."""
    settings.STORAGES = settings.STORAGES | {
        alias: {
            **settings.STORAGES[alias],
            "OPTIONS": settings.STORAGES[alias]["OPTIONS"] | options,
        }
        for alias in BUCKETS
    }


def s3_error(status, code, message="", **headers):
    xml = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, headers, xml.encode()


def answer(store, outcome, *, method=None, copies=None, part=""):
    """Have the proxy answer such requests itself."""

    def rule(request):
        fits = method in (None, request.method) and part in request.path
        return outcome if fits and copies in (None, request.is_copy) else None

    store.rules.append(rule)


def keys(s3):
    pages = [s3.list_objects_v2(Bucket=bucket) for bucket in BUCKETS.values()]
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def test_a_store_that_works_is_left_as_it_was(store, s3, check):
    assert check() == (None, "The media store works.\n")
    assert keys(s3) == []
    assert len(store.copies) == 2


def test_an_object_of_the_largest_size_is_stored_when_asked(store, s3, check, settings):
    settings.S3_READ_TIMEOUT_SECONDS = 60  # the proxy is slower than a store
    sizes = []
    store.rules.append(lambda request: sizes.append(request.size))
    assert check(largest=True) == (None, "The media store works.\n")
    assert max(sizes) == 100 * 2**20
    assert keys(s3) == []


def test_what_an_earlier_check_left_is_deleted_and_nothing_else(store, s3, check, monkeypatch):
    general = storages["general"]
    for key in ("joip-check/old.jpg", "joip-checked.jpg", "community/1/a.jpg"):
        s3.put_object(Bucket=BUCKETS["general"], Key=key, Body=b"a")
    check()
    assert "joip-check/old.jpg" in keys(s3)  # it may be another check's
    monkeypatch.setattr("joip.operations.store_check.LEFT_OVER_AFTER", timedelta(seconds=-60))
    check()
    assert sorted(keys(s3)) == ["community/1/a.jpg", "joip-checked.jpg"]
    assert general.bucket_name == BUCKETS["general"]


def test_missing_buckets_are_made(store, s3, settings, check):
    name = f"joip-tests-new-{os.getpid()}"
    user_media = settings.STORAGES["user-media"]
    change(settings, bucket_name=name)
    settings.STORAGES = settings.STORAGES | {"user-media": user_media}
    try:
        wrong, printed = check()
        assert wrong is None
        assert printed.startswith(f"Made the bucket {name} (S3_GENERAL_BUCKET).")
    finally:
        s3.delete_bucket(Bucket=name)


def test_a_bucket_that_may_not_be_made_is_named(store, settings, check):
    change(settings, bucket_name="joip-tests-nowhere")
    answer(store, s3_error(403, "AccessDenied"), method="PUT")
    wrong, _ = check()
    assert wrong.startswith("There is no bucket joip-tests-nowhere (S3_GENERAL_BUCKET)")
    assert "did not let JOIP make it" in wrong


def test_no_such_host(store, settings, check, monkeypatch):
    def nobody(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    settings.S3_ENDPOINT_URL = "http://nowhere.example"
    change(settings, endpoint_url=settings.S3_ENDPOINT_URL)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert check()[0] == "There is no host nowhere.example, which S3_ENDPOINT_URL names."


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_server_that_is_no_store(store, check, status):
    answer(store, (status, {"Content-Type": "text/html"}, b"<html>Welcome!"))
    assert check()[0].startswith(f"S3_ENDPOINT_URL={store.url} is no S3 store")


@pytest.mark.parametrize("path", ["/storage/v1", "/storage/v1/s4"])
def test_an_endpoint_without_supabases_s3(store, settings, check, path):
    supabase = StoreProxy(store.url + path)
    settings.S3_ENDPOINT_URL = supabase.url
    change(settings, endpoint_url=supabase.url)
    answer(store, (404, {}, b'{"message": "Route GET:/general not found"}'))
    try:
        assert "Supabase's S3 endpoint, which ends in /storage/v1/s3" in check()[0]
    finally:
        supabase.close()


def test_a_wrong_key_and_a_wrong_secret(store, settings, check):
    change(settings, secret_key="wrong")
    assert check()[0].startswith("S3_SECRET_ACCESS_KEY does not belong to S3_ACCESS_KEY_ID")
    change(settings, access_key="nobody")
    assert check()[0].startswith("The store does not know S3_ACCESS_KEY_ID")


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (s3_error(400, "AuthorizationHeaderMalformed", "expecting 'eu-west-1'"), "S3_REGION="),
        (s3_error(403, "AccessDenied", "Invalid Region"), "S3_REGION="),
        (s3_error(403, "AccessDenied", "Invalid Access Key"), "The store does not know S3_ACCESS"),
        (s3_error(403, "RequestTimeTooSkewed"), "The clocks of this machine and of the store"),
        (s3_error(403, "AccessDenied"), "The key of S3_ACCESS_KEY_ID has no permission for List"),
        (s3_error(400, "InvalidBucketName"), "The store does not accept the name of bucket"),
        (s3_error(400, "Odd"), "The store refuses ListObjectsV2 in bucket"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_store_refuses_is_named(store, check, refusal, sentence):
    answer(store, refusal)
    assert check()[0].startswith(sentence)


def test_the_code_is_found_where_supabase_hides_it(store, check):
    xml = b'<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>InvalidAccessKeyId</Code>'
    answer(store, (403, {}, xml + b"<Message>no</Message></Error>"))
    assert check()[0].startswith("The store does not know S3_ACCESS_KEY_ID")


@pytest.mark.parametrize(
    ("method", "copies", "operation"),
    [("PUT", False, "PutObject"), ("PUT", True, "CopyObject"), ("DELETE", False, "DeleteObject")],
)
def test_a_missing_permission_is_named(store, check, method, copies, operation):
    answer(store, s3_error(403, "AccessDenied"), method=method, copies=copies)
    wrong, _ = check()
    assert f"has no permission for {operation} in bucket joip-tests" in wrong


@pytest.mark.parametrize(
    ("refusal", "part", "sentence"),
    [
        (s3_error(413, "EntityTooLarge"), ".mp4", "limits the size of objects"),
        (s3_error(415, "InvalidMimeType", "mime type video/webm"), ".webm", "limits the types"),
    ],
)
def test_limits_of_a_bucket_are_named(store, s3, check, refusal, part, sentence):
    answer(store, refusal, method="PUT", part=part)
    wrong, _ = check()
    assert wrong.startswith("The bucket joip-tests")
    assert sentence in wrong
    assert keys(s3) == []


def test_a_clock_that_is_off_is_named(store, check):
    date = format_datetime(datetime.now(UTC) - timedelta(minutes=20))
    answer(store, s3_error(403, "AccessDenied", Date=date))
    assert check()[0].startswith("The clocks of this machine and of the store differ by 20 minutes")


def read_by_everybody(store, bucket):
    def rule(request):
        mine = not request.is_signed and f"/{BUCKETS[bucket]}/" in request.path
        return (
            (200, {}, b"JOIP checks its media store with this object, and deletes it.")
            if mine
            else None
        )

    store.rules.append(rule)


def test_a_public_library_is_wrong_and_public_snapshots_are_warned_of(store, check):
    read_by_everybody(store, "general")
    wrong, printed = check()
    assert wrong is None
    assert "(S3_GENERAL_BUCKET) is public" in printed
    read_by_everybody(store, "user-media")
    assert "(S3_USER_MEDIA_BUCKET) is public" in check()[0]


def test_signed_addresses_that_are_refused(store, settings, check):
    store.rules.append(lambda request: 403 if "X-Amz-Signature" in request.path else None)
    assert "is answered with 403: check S3_PUBLIC_ENDPOINT_URL" in check()[0]


def test_a_store_that_gives_no_ranges(store, check):
    whole = (200, {}, CONTENT)
    store.rules.append(lambda request: whole if "X-Amz-Signature" in request.path else None)
    assert "or not a range of it" in check()[0]


def test_an_address_of_browsers_that_the_server_cannot_reach_is_a_warning(store, settings, check):
    change(settings, signed_for=f"http://127.0.0.1:{free_port()}")
    wrong, printed = check()
    assert wrong is None
    assert "Warning: This machine cannot read http://127.0.0.1" in printed


@pytest.mark.parametrize("outcome", [503, 429, 544, "reset", "hang"])
def test_a_store_that_does_not_answer_is_a_warning(store, check, outcome):
    answer(store, outcome)
    wrong, printed = check()
    assert wrong is None
    assert printed.startswith("Warning: The store does not ")


def test_nothing_that_listens_is_a_warning(store, settings, check):
    change(settings, endpoint_url=f"http://127.0.0.1:{free_port()}")
    wrong, printed = check()
    assert wrong is None
    assert printed.startswith("Warning: The store does not answer")


@pytest.mark.parametrize("command", ["prune_media", "resume_copies"])
@pytest.mark.django_db
def test_other_commands_end_with_the_sentence_too(store, settings, command):
    change(settings, secret_key="wrong")
    forget_clients()
    with pytest.raises(CommandError, match="S3_SECRET_ACCESS_KEY does not belong to"):
        call_command(command)


# --- folders -----------------------------------------------------------------


@pytest.fixture
def folders(settings):
    settings.STORAGES = settings.STORAGES | {alias: local_bucket(alias) for alias in BUCKETS}


def test_folders_that_can_be_written_are_left_as_they_were(folders, check):
    storages["general"].save("community/1/a.jpg", ContentFile(b"a"))
    assert check() == (None, "The media store works.\n")
    assert [key for key, _ in storages["general"].objects("joip-check/")] == []


def test_a_folder_that_cannot_be_written_is_named(folders, settings, check):
    media = settings.DATA_DIR / "media"
    media.mkdir()
    (media / "user-media").write_text("a file")
    wrong, _ = check()
    assert wrong == f"The folder {media / 'user-media'} cannot be used: Not a directory."
