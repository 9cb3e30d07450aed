"""What a page costs in a browser: bytes, requests, layout shift, times. See `bench.pages`."""

import shutil
from collections import Counter
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import sync_playwright

# Debian's browser without windows takes two thirds of the time of the one with them.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
CODE = ("Document", "Stylesheet", "Script")
OBSERVE = """
    window.seen = { shift: 0, largest: 0, tasks: 0 };
    const watch = (type, add) => new PerformanceObserver((list) => list.getEntries().forEach(add))
        .observe({ type, buffered: true });
    watch("layout-shift", (entry) => { seen.shift += entry.hadRecentInput ? 0 : entry.value });
    watch("largest-contentful-paint", (entry) => { seen.largest = entry.startTime });
    watch("longtask", (entry) => { seen.tasks += entry.duration });
"""
FIRST_PICTURE = """() => Math.min(...performance.getEntriesByType("resource")
    .filter((entry) => entry.initiatorType === "img" && entry.responseEnd)
    .map((entry) => entry.responseEnd))"""
SCROLL = """async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight / 2) {
        scrollTo({ top: y, behavior: "instant" });
        await new Promise((done) => setTimeout(done, 50));
    }
}"""


class Cost(NamedTuple):
    code: int  # bytes of HTML, CSS and script, as sent
    pictures: int  # bytes
    requests: int
    shift: float  # cumulative layout shift
    largest: float  # milliseconds until the largest part was there
    first_picture: float  # milliseconds
    tasks: float  # milliseconds of tasks above 50


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, chromium_sandbox=False)
        yield browser
        browser.close()


def context_of(browser, address, cookie=None, **options):
    context = browser.new_context(**options)
    context.add_init_script(OBSERVE)
    if cookie:
        context.add_cookies([{"name": "session", "value": cookie, "url": address}])
    return context


def cost_of(context, address, *, scroll=True) -> Cost:
    """Of the page, looked at to its end."""
    page = context.new_page()
    network = context.new_cdp_session(page)
    kinds, sent = {}, Counter()
    network.on(
        "Network.responseReceived",
        # Placeholders stand in the page itself.
        lambda e: (
            e["response"]["url"].startswith("data:") or kinds.update({e["requestId"]: e["type"]})
        ),
    )
    network.on(
        "Network.loadingFinished",
        lambda e: sent.update({kinds.get(e["requestId"]): e["encodedDataLength"]}),
    )
    network.send("Network.enable")
    page.goto(address)
    if scroll:
        page.evaluate(SCROLL)
    page.wait_for_load_state("networkidle")
    seen, first = page.evaluate("seen"), page.evaluate(FIRST_PICTURE)
    page.close()
    code = sum(sent[kind] for kind in CODE)
    costs = (seen["shift"], seen["largest"], first or 0, seen["tasks"])
    return Cost(code, sent["Image"], len(kinds), *costs)
