"""What other sites and messengers show where somebody links to a page, and what they fetch."""

import json
import re
from html import unescape

import pytest
from PIL import Image

from community.featuring import feature_share
from community.moderation import hide_share
from community.share_links import link_session, revoke_link
from community.sharing import edit_share
from tests.factories import add_address, make_session, make_share
from tests.test_three_people import fetch

TAG = re.compile(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">')


def tags_of(client, path):
    page = client.get(path).content.decode()
    return {name: unescape(content) for name, content in TAG.findall(page)}


@pytest.fixture
def featured(share):
    feature_share(share=edit_share(session=share.session, allow_featuring=True))
    return share


def expected(page, cover, title="Fjords in May"):
    words, alt = "A slideshow by Ines on JOIP", f"The first picture of “{title}”"
    return {
        "og:site_name": "JOIP",
        "og:type": "website",
        "og:url": f"http://testserver{page}",
        "og:title": title,
        "og:description": words,
        "og:image": f"http://testserver{cover}",
        "og:image:width": "8",
        "og:image:height": "6",
        "og:image:alt": alt,
        "twitter:image": f"http://testserver{cover}",
        "twitter:image:alt": alt,
        "twitter:card": "summary_large_image",
        "twitter:title": title,
        "twitter:description": words,
    }


def test_a_shared_page_names_title_creator_and_picture(client, author):
    session = make_session(author, slides=1, title='“Fjords” & "bays"')
    page = f"/shared/{link_session(session=session).code}"
    assert tags_of(client, page) == expected(page, f"{page}/cover", title='“Fjords” & "bays"')


def test_a_featured_player_names_title_creator_and_picture(client, featured):
    page = f"/community/{featured.pk}/play"
    assert tags_of(client, page) == expected(page, f"/community/{featured.pk}/cover")


def test_the_page_of_an_item_has_them_while_it_is_featured(client, featured, saver):
    client.force_login(saver)
    page = f"/community/{featured.pk}"
    assert tags_of(client, page)["og:image"] == f"http://testserver{page}/cover"
    edit_share(session=featured.session, allow_featuring=False)
    assert tags_of(client, page) == {}


def test_a_cover_leads_to_the_small_picture_of_the_moment(client, featured):
    code = link_session(session=featured.session).code
    for cover in (f"/shared/{code}/cover", f"/community/{featured.pk}/cover"):
        answer = client.get(cover)
        assert (answer.status_code, answer["Cache-Control"]) == (302, "no-store")
        status, content = fetch(answer["Location"], client)
        assert (status, content[8:12]) == (200, b"WEBP")


def test_a_picture_that_lies_elsewhere_is_never_named(client, author):
    session = make_session(author, slides=0)
    add_address(session)
    page = f"/shared/{link_session(session=session).code}"
    assert "example.org" not in client.get(page).content.decode()
    named = tags_of(client, page)
    assert named["twitter:card"] == "summary"
    assert [name for name in named if "image" in name] == []
    assert client.get(f"{page}/cover").status_code == 404


def test_a_session_without_slides_has_no_cover(client, author):
    link = link_session(session=make_session(author, slides=0))
    assert client.get(f"/shared/{link.code}/cover").status_code == 404


def test_a_cover_goes_with_its_page(client, author):
    revoked, hidden = make_session(author, slides=1), make_share(author, slides=1)
    covers = [
        f"/shared/{link_session(session=session).code}/cover"
        for session in (revoked, hidden.session)
    ]
    assert [client.get(cover).status_code for cover in covers] == [302, 302]
    revoke_link(session=revoked)
    hide_share(share=hidden)
    covers.append("/shared/nothing/cover")
    assert [client.get(cover).status_code for cover in covers] == [404, 404, 404]


def test_shared_pages_are_not_indexed_but_may_be_fetched(client, featured):
    page = f"/shared/{link_session(session=featured.session).code}"
    assert '<meta name="robots" content="noindex">' in client.get(page).content.decode()
    assert client.get(f"{page}/cover")["X-Robots-Tag"] == "noindex"
    robots = body(client, "/robots.txt")
    assert "Disallow: /library\n" in robots.decode()
    assert "/shared" not in re.sub("#.*", "", robots.decode())


def body(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return b"".join(answer)


def test_every_icon_and_the_manifest_are_there(client, transactional_db, tmp_path):
    manifest = json.loads(body(client, "/manifest.webmanifest"))
    sizes = {icon["src"]: icon["sizes"] for icon in manifest["icons"]}
    sizes |= {"/favicon.ico": "48x48", "/apple-touch-icon.png": "180x180"}
    for path, size in sizes.items():
        file = tmp_path / "icon"
        file.write_bytes(body(client, path))
        if not path.endswith(".svg"):
            with Image.open(file) as icon:
                assert "{}x{}".format(*icon.size) == size, path


def test_pages_and_the_admin_name_icons_and_manifest(client, featured):
    for path in ("/", f"/community/{featured.pk}/play", "/accounts/login/", "/nothing"):
        page = client.get(path).content.decode()
        for link in ("icon", "apple-touch-icon", "manifest"):
            assert f'<link rel="{link}" href="/' in page, path
        assert '<meta name="theme-color"' in page
