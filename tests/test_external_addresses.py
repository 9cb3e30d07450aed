"""Which addresses of media elsewhere are accepted: by the API, and by forms of the model."""

import ipaddress

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from sessions.external_addresses import validate_external_address
from sessions.models import SessionMedia
from tests.factories import make_session

ACCEPTED = [
    "https://example.com/a.jpg",
    "HTTPS://EXAMPLE.COM:8443/a.jpg?size=large#top",
    "https://my_bucket.example.com/a.jpg",
    "https://-a-.example.com/a.jpg",
    "https://r3---sn-abc.example.com./a.jpg",
    "https://xn--bcher-kva.example/a.jpg",
    "https://bücher.example/é.jpg",
    "https://例え.テスト/a.jpg",
    "https://93.184.215.14/a.jpg",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/a.jpg",
    "https://localhost.example.com/a.jpg",
    "https://internal.example.com/a.jpg",
]
HOSTS = """
    127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0X7F.0x1 0177.0.0.1 017700000001
    0 0x 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 224.0.0.1 240.0.0.1
    255.255.255.255 127.0.0.1. 1.2.3.4.5 256.1.1.1 1.1.1.08 a.1 a.b.0x1 %31%32%37.0.0.1
    \uff11\uff12\uff17.0.0.1 127\u30020\uff0e0\uff611 \u246027.0.0.1
    [::] [::1] [fe80::1] [fe80::1%25eth0] [fc00::1] [fec0::1] [ff02::1] [2001:db8::1]
    [::ffff:127.0.0.1] [::ffff:8.8.8.8] [::7f00:1] [64:ff9b::7f00:1] [2002:7f00:1::]
    [2001:0:4136:e378:8000:63bf:3fff:fdd2] [2606:2800::1%eth0] [v1.fe]
    localhost LOCALHOST localhost. a.localhost \uff4cocalhost local\u00adhost loc%61lhost
    printer.local printer.local. db.internal nas.home.arpa nas.lan intranet a..b ...
    *.example.com a!b.example.com
"""
# The last two are longer than a name can be: one of their characters may stand for eighteen.
NOT_PUBLIC = [*HOSTS.split(), "a." * 126 + "com", "\ufdfa" * 20 + ".com"]
NO_WEB_ADDRESS = [
    *("a", "https:", "//example.com/a.jpg", "https:example.com/", "https:/example.com/"),
    *("ftp://example.com/a.jpg", "javascript:alert(1)", "data:text/html,a", "https:///example.com"),
    *("https://ada:secret@example.com/", "https://ada@example.com/", "https://@example.com/"),
    *("https://example.com\\@127.0.0.1/", "https://exam\tple.com/", "https://example.com/a b.jpg"),
    *("https://example.com/\n", "https://example.com/\0", "https://example.com/\u202e"),
    *("https://example.com:port/", "https://example.com:99999/", "https://example.com:0/"),
    *("https://[::1/", "https://example.com\u2100example.org/", "https://example.com/\ud800"),
    "https://" + "a" * 64 + ".example.com/",
]


def is_accepted(address):
    try:
        validate_external_address(address)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("address", ACCEPTED)
def test_an_address_of_a_public_host_is_accepted(address):
    validate_external_address(address)


@pytest.mark.parametrize("host", NOT_PUBLIC, ids=ascii)
def test_a_host_that_is_not_public_is_refused_in_every_spelling(host):
    assert not is_accepted(f"https://{host}/a.jpg")
    assert not is_accepted(f"https://{host}:443")


@pytest.mark.parametrize("address", NO_WEB_ADDRESS, ids=ascii)
def test_what_is_no_plain_web_address_is_refused(address):
    assert not is_accepted(address)


def test_http_is_accepted_where_joip_itself_is_not_on_https(settings):
    for https in (False, True):
        settings.HTTPS = https
        assert is_accepted("http://example.com/a.jpg") is not https
        assert is_accepted("https://example.com/a.jpg")


PRIVATE_IPV4 = st.one_of(
    st.ip_addresses(v=4, network=network)
    for network in ["0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"]
)


@st.composite
def spellings(draw, addresses):
    """An IPv4 address in one of the forms that browsers read."""
    value = int(draw(addresses))
    parts = draw(st.integers(1, 4))
    tail = 8 * (5 - parts)
    numbers = [value >> shift & 255 for shift in range(24, tail - 8, -8)] + [value % 2**tail]
    forms = [draw(st.sampled_from(["{}", "0{:o}", "0x{:x}", "0X{:X}", "00{:o}"])) for _ in numbers]
    dot = draw(st.sampled_from([".", ".", "\u3002", "\uff0e", "\uff61"]))
    host = dot.join(form.format(number) for form, number in zip(forms, numbers, strict=True))
    fullwidth = {ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"}
    if draw(st.booleans()):
        host = host.translate(fullwidth)
    return host + draw(st.sampled_from(["", ".", ":443", ":8080"]))


@given(spellings(PRIVATE_IPV4))
def test_no_spelling_of_a_private_ipv4_address_is_accepted(host):
    assert not is_accepted(f"https://{host}/a.jpg")


@given(PRIVATE_IPV4, st.sampled_from(["::ffff:0:0", "::", "64:ff9b::"]))
def test_no_private_ipv4_address_within_an_ipv6_address_is_accepted(ipv4, prefix):
    ipv6 = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(ipv4))
    for spelling in (ipv6.compressed, ipv6.exploded, ipv6.exploded.upper()):
        assert not is_accepted(f"https://[{spelling}]/a.jpg")


@given(st.ip_addresses(v=6, network="fc00::/6") | st.ip_addresses(v=6, network="fe80::/9"))
def test_no_private_ipv6_address_is_accepted(ipv6):
    assert not is_accepted(f"https://[{ipv6}]/a.jpg")


@given(st.text())
def test_any_text_has_an_answer(text):
    assert is_accepted(f"https://{text}") in (True, False)
    assert not is_accepted(text) or text.lower().startswith(("http://", "https://"))


@pytest.mark.parametrize("field", ["externalUrl", "redditPostUrl"])
def test_the_api_names_the_field_and_what_is_wrong(client, author, field):
    client.force_login(author)
    path = f"/api/sessions/{make_session(author, slides=0).pk}/media/external"
    item = {"externalUrl": "https://my_bucket.example.com/a.jpg", "type": "image"}
    answer = client.post(path, {"media": [item | {field: "https://127.0.0.1/a.jpg"}]}, "json")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {f"media.0.{field}": ["Must name a public host."]}
    answer = client.post(path, {"media": [item]}, "json")
    assert answer.status_code == 201
    assert answer.json()[0]["mediaUrl"] == item["externalUrl"]


def test_the_forms_of_the_admin_check_an_address_too(author):
    slide = SessionMedia(
        session=make_session(author, slides=0),
        order=0,
        media_type="image",
        external_url="https://127.1/a.jpg",
        source_post_url="https://my_bucket.example.com/a",
    )
    with pytest.raises(ValidationError) as refused:
        slide.clean_fields()
    assert "external_url" in refused.value.message_dict
    assert "source_post_url" not in refused.value.message_dict
