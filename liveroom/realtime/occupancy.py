"""How many sockets are open in this process, in all and from each address.

Every socket begins as plain HTTP and some become WebSockets; both count here, so that no kind can take the files the
other needs. Promise: counting costs about a microsecond, and an address that has left leaves nothing behind.
"""

from __future__ import annotations

import ipaddress
from collections import Counter

IPV6_PREFIX = 64
"""One customer has at least this network (RFC 6177 §2), so single addresses of it say nothing about who it is."""


class Occupancy:
    """See the module.

    Args:
        max_sockets: of all kinds.
        max_per_address: of one IPv4 address or one IPv6 /64; 0: no limit.
    """

    def __init__(self, *, max_sockets: int, max_per_address: int) -> None:
        self.count = 0
        self._max_sockets = max_sockets
        self._max_per_address = max_per_address
        self._per_network: Counter[str] = Counter()

    def is_full(self) -> bool:
        """Whether no socket of any kind has a place."""
        return self.count >= self._max_sockets

    def is_full_for(self, address: str) -> bool:
        """Whether this address has as many sockets as it may."""
        return bool(self._max_per_address) and self._per_network[network_of(address)] >= self._max_per_address

    def enter(self, address: str) -> None:
        """A socket was opened; an empty address (a proxy that speaks for many) counts only in the sum."""
        self.count += 1
        if address:
            self._per_network[network_of(address)] += 1

    def leave(self, address: str) -> None:
        """Undo `enter`."""
        self.count -= 1
        if not address:
            return
        network = network_of(address)
        self._per_network[network] -= 1
        if self._per_network[network] <= 0:
            del self._per_network[network]


def network_of(address: str) -> str:
    """Whom an address stands for: itself for IPv4, its /64 for IPv6; what is no address stands for itself."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(parsed), IPV6_PREFIX), strict=False))
