"""Where a webhook may go: public addresses only, so that nobody reaches into our own network through us (SSRF).

Promise: a name is looked up before every round and all its addresses are checked; the connection goes to an address
that was checked (`post.py`), so a name that changes in between changes nothing.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.webhooks.attempts import Outcome

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

RESOLVE_S = 5.0
RESOLVERS = 16
"""Threads of their own: a name server that hangs must hold up nothing else."""
ADDRESSES = 3
"""Tried of one name."""
LAST_PORT = 65_535
NAT64 = IPv6Network("64:ff9b::/96")


class AddressGuard:
    """See the module.

    Args:
        networks: allowed although they are not public.
        allow_loopback: for development: this machine is allowed too, and by plain http.
    """

    def __init__(self, networks: Sequence[Network], *, allow_loopback: bool) -> None:
        self._networks = tuple(networks)
        self._allow_loopback = allow_loopback
        self._threads = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="webhook-names")

    def close(self) -> None:
        """Start no further look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def check_url(self, text: str) -> None:
        """Check what can be known of a URL without asking the network.

        Raises:
            Refusal: `invalid_field`, saying what is wrong.
        """
        try:
            url = httpx.URL(text)
            host = url.raw_host.decode("ascii")
        except (httpx.InvalidURL, UnicodeError):
            raise _refuse("this is no URL") from None
        if not text.isascii() or not text.isprintable() or " " in text or "\\" in text or not host:
            raise _refuse("this is no absolute URL in ASCII")
        if url.port is not None and not 1 <= url.port <= LAST_PORT:
            raise _refuse(f"a port is a number from 1 to {LAST_PORT}")
        if url.userinfo or url.fragment:
            raise _refuse("a webhook URL carries neither credentials nor a fragment")
        if url.scheme != "https" and not (url.scheme == "http" and self._allow_loopback and _is_loopback(host)):
            raise _refuse("a webhook URL starts with https:// (http:// only for this machine, in development)")
        literal = _read(host)
        if literal is not None and not self.allows(literal):
            raise _refuse("this address is not public; LIVEROOM_WEBHOOK_NETWORKS can allow it")

    def allows(self, address: Address) -> bool:
        """Whether we may connect to an address."""
        meant = _find_meant(address)
        if any(each in network for each in {address, meant} for network in self._networks):
            return True
        return (self._allow_loopback and meant.is_loopback) or _is_public(meant)

    async def find_addresses(self, url: httpx.URL) -> Sequence[str] | Outcome:
        """The addresses to connect to for a URL that `check_url` has passed, or why there are none."""
        try:
            async with asyncio.timeout(RESOLVE_S):
                found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, url)
        except (OSError, UnicodeError, TimeoutError):
            return Outcome.UNRESOLVED
        addresses = [ip_address(each) for each in dict.fromkeys(found)]
        # One that is not allowed spoils all: a public server has no reason to name it.
        if not all(self.allows(each) and (url.scheme == "https" or each.is_loopback) for each in addresses):
            return Outcome.ADDRESS_REFUSED
        return [str(each) for each in addresses[:ADDRESSES]]


def _look_up(url: httpx.URL) -> list[str]:
    host = url.raw_host.decode("ascii")
    found = socket.getaddrinfo(host, url.port or 443, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [str(address[0]) for *_, address in found]


def _read(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _read(host)
    return host == "localhost" if literal is None else literal.is_loopback


def _find_meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056)."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_link_local)


def _refuse(text: str) -> Refusal:
    return Refusal(ErrorCode.INVALID_FIELD, text, field="url")
