"""Addresses of media elsewhere: which of them a session may show.

They are checked by their parts, as browsers read them. Nothing is fetched and no name is looked up,
so a public name that leads to a private host is not found out.
"""

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

# Reserved for private networks (RFC 6761, 6762 and 8375, and ICANN's .internal), or common there.
PRIVATE_DOMAINS = (
    *("localhost", "local", "localdomain", "internal", "home.arpa"),
    *("intranet", "private", "corp", "home", "lan"),
)
# Hyphens at the ends and underscores are against the rules for hosts, and resolve all the same.
LABEL = re.compile(r"[a-z0-9_-]{1,63}")
MAX_HOST_LENGTH = 253  # of a name in the DNS
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
PUBLIC_IPV6 = IPv6Network("2000::/3")


def validate_external_address(address: str) -> None:
    """A validator of models and serializers."""
    try:
        problem = problem_of(address)
    except ValueError:  # from urlsplit, the addresses, or the encoding of the name
        problem = "Not a valid address."
    if problem:
        raise ValidationError(problem, code="invalid")


def problem_of(address: str) -> str | None:
    # Browsers drop control characters, and take a backslash for a slash.
    if "\\" in address or any(c.isspace() or not c.isprintable() for c in address):
        return "Must not contain spaces, backslashes or invisible characters."
    parts = urlsplit(address)
    schemes = ["https"] if settings.HTTPS else ["https", "http"]
    if parts.scheme not in schemes or not parts.netloc:
        return f"Must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}."
    if "@" in parts.netloc:
        return "Must not contain a user name or password."
    host = parts.hostname or ""
    public = is_public_ip(IPv6Address(host)) if "[" in parts.netloc else is_public_name(host)
    if not public or parts.port == 0:
        return "Must name a public host."
    return None


def is_public_name(host: str) -> bool:
    # The encoding takes long for long names, and a character may stand for many.
    if len(unicodedata.normalize("NFKC", host)) > MAX_HOST_LENGTH:
        return False
    # What browsers make of it: fullwidth letters and dots become ASCII, soft hyphens go.
    name = host.encode("idna").decode().lower().removesuffix(".")
    labels = name.split(".")
    if NUMBER.fullmatch(labels[-1]):
        # Browsers read all of it as an IPv4 address, and accept hexadecimal, octal and short forms.
        # Only the usual form passes here.
        return is_public_ip(IPv4Address(name))
    is_private = f".{name}".endswith(tuple(f".{domain}" for domain in PRIVATE_DOMAINS))
    return len(labels) > 1 and not is_private and all(map(LABEL.fullmatch, labels))


def is_public_ip(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        # Those that contain an IPv4 address are not used for hosts that everybody can reach.
        contains_ipv4 = ip.sixtofour or ip.teredo
        if ip not in PUBLIC_IPV6 or contains_ipv4 or ip.scope_id:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
