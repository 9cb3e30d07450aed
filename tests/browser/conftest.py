"""Stories in a browser, of a server in the same process."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from bench.browsing import CHROMIUM
from joip.media.copy_errors import StoreUnavailable
from joip.media.s3_bucket import S3Bucket
from tests.factories import make_session

# Where the machine is busy, five seconds are too short.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session", autouse=True)
def _browsers_may_be_driven():
    if not CHROMIUM:
        pytest.skip("no Chromium here: apt-get install chromium-headless-shell")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs in the thread of the tests, which Django takes for asynchronous.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    own = {"executable_path": CHROMIUM, "chromium_sandbox": os.geteuid() != 0}
    return browser_type_launch_args | own


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@pytest.fixture
def complaints(page):
    """Errors and warnings of the console, reports of the Content-Security-Policy among them."""
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda message: message.type in ("error", "warning") and found.append(message.text),
    )
    return found


@pytest.fixture(autouse=True)
def _nothing_is_complained_of(complaints):
    yield
    assert complaints == []


@pytest.fixture(autouse=True)
def _the_store_is_asked_again(monkeypatch):
    """Of uploads at the same moment, the tests' own store answers a rare one with 500."""
    put = S3Bucket.put

    def put_again(self, *what):
        try:
            put(self, *what)
        except StoreUnavailable as error:
            if error.code != "InternalError":
                raise
            put(self, *what)

    monkeypatch.setattr(S3Bucket, "put", put_again)


@pytest.fixture
def sign_in(client, context, base_url):
    def sign_in(person):
        client.force_login(person)
        cookie = client.cookies["session"].value
        context.add_cookies([{"name": "session", "value": cookie, "url": base_url}])

    return sign_in


@pytest.fixture
def stopped_clock(page):
    """The page's timers fire in `run_for`, and at no other time."""
    now = datetime.now(UTC)
    page.clock.install(time=now)
    page.clock.pause_at(now + timedelta(seconds=1))
    return page.clock


@pytest.fixture
def watch(page, author, sign_in):
    """Open the player on a session of one's own."""

    def watch(session=None, query="?autoplay=1", *, seconds=3, **fields):
        fields = {"transition": "none", "interval_min": seconds, "interval_max": seconds} | fields
        session = session or make_session(author, **fields)
        sign_in(author)
        page.goto(f"/library/{session.pk}/play{query}", wait_until="domcontentloaded")
        expect(page.locator("joip-player")).to_be_focused()  # keys are heard from now on
        return session

    return watch
