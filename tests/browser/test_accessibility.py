"""Every page, for everybody: axe finds nothing, nothing is cut off, and targets can be hit."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from community.share_links import link_session
from sessions.models import Category
from tests.factories import make_person, make_session, make_share, set_price
from tests.test_three_people_on_pages import PAGES

pytestmark = pytest.mark.backend_free

WIDTHS = [320, 390, 1280]
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What is sent for parts of pages, or as files.
NO_PAGES = ("/progress", "/play/slides", "/cover", ".csv", "/export")
# Only colours depend on the scheme.
RULES = {"light": STANDARDS, "dark": ["color-contrast", "link-in-text-block"]}
LONG = "Walking home the long way, because the short way was closed and nobody minded "
CUT_OFF = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# Below 24 pixels, which only links in sentences may be (WCAG 2.5.8).
SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
    .filter((target) => target.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
    .filter((target) => !target.closest(".hidden, .skip, [aria-hidden=true]"))
    .filter((target) => getComputedStyle(target).display !== "inline" || target.matches("button"))
    .map((target) => target.matches("[type=radio], [type=checkbox]") ? target.closest("label") ?? target : target)
    .filter((target) => {
        const { width, height } = target.getBoundingClientRect();
        return width < 24 || height < 24;
    })
    .map((target) => target.outerHTML)"""  # noqa: E501


@pytest.fixture
def addresses(author):
    """Of the pages that one of the three people sees, of a session with all that they may show."""
    set_price(10)
    author.display_name = f"Ines {LONG}"[:50]
    author.save()
    category = Category.objects.create(name="Travel", slug="travel")
    share = make_share(author, slides=2, title=LONG * 2, category=category)
    share.session.media.update(caption=LONG * 3)
    link = link_session(session=share.session)
    make_session(author, slides=0, title="رحلة إلى البحر في الشتاء")
    place = {"share": share.pk, "session": share.session_id, "code": link.code, "owner": author.pk}

    def addresses(who):
        pages = [row for row in PAGES if not row.path.endswith(NO_PAGES)]
        return [row.path.format_map(place) for row in pages if "200" in getattr(row, who)]

    return addresses


def found_by_axe(page, rules):
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    answer = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{found['id']}: {node['html'][:200]} {node['failureSummary']}"
        for found in answer["violations"]
        for node in found["nodes"]
    ]


def problems(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 800})
    yield from (f"{width}: {found}" for found in found_by_axe(page, RULES[scheme]))
    yield from (f"{width}: small {target}" for target in page.evaluate(SMALL_TARGETS))
    if page.evaluate(CUT_OFF):
        yield f"{width}: wider than the window"


@pytest.fixture
def check(new_context, base_url, subtests):
    """Opens the addresses, signed in or out, and looks at them in windows of each width."""

    def check(client, addresses, scheme):
        context = new_context(color_scheme=scheme, reduced_motion="reduce")
        if client:
            cookie = {"name": "session", "value": client.cookies["session"].value, "url": base_url}
            context.add_cookies([cookie])
        page = context.new_page()
        for address in addresses:
            with subtests.test(address=address, scheme=scheme, signed_in=bool(client)):
                page.set_viewport_size({"width": WIDTHS[0], "height": 800})
                page.goto(address)
                page.evaluate(Axe().axe_script)
                assert [found for width in WIDTHS for found in problems(page, width, scheme)] == []
                page.set_viewport_size({"width": 640, "height": 800})
                page.evaluate("document.documentElement.style.fontSize = '200%'")
                assert not page.evaluate(CUT_OFF)

    return check


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_to_an_author(client, author, addresses, check, scheme):
    client.force_login(author)
    check(client, addresses("owner"), scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_to_another_member(client, addresses, check, scheme):
    client.force_login(make_person("friend", balance=50))
    check(client, addresses("friend"), scheme)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_to_the_signed_out(addresses, check, scheme):
    check(None, [*addresses("stranger"), "/none", "/community?page=junk"], scheme)
