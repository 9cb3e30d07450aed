"""Which client sent a request: its IP address, as far as trusted proxies confirm it."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from rest_framework.throttling import BaseThrottle

Address = IPv4Address | IPv6Address

# With a port, or in brackets, as proxies and load balancers write them.
WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]*)\]|(?P<v4>[0-9.]+))(?::[0-9]+)?")


def client_address(request) -> Address | None:
    """The address that NUM_PROXIES of REST_FRAMEWORK lets us believe. If a proxy writes something
    that is no address, that of the proxy, so that junk makes no new clients. None where the server
    listens on a Unix socket and no proxy names the client.
    """
    named = read_address(BaseThrottle().get_ident(request))
    return named or read_address(request.META.get("REMOTE_ADDR"))


def client_network(request) -> str:
    """What limits count as one client: of IPv6 the /64 network, since one client has all of it."""
    address = client_address(request)
    if isinstance(address, IPv6Address):
        return f"{int(address) >> 64:x}"
    return str(address)


def read_address(text: str | None) -> Address | None:
    text = (text or "").strip()
    if found := WITH_PORT.fullmatch(text):
        text = found["v6"] or found["v4"] or ""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
