"""How often somebody may call over HTTP.

Servers and operators, users, and strangers each have a token bucket of their own kind; a call that is not known to
come from anybody is charged to its address. Promise: who keeps within the rate is never slowed down by others, except
by strangers at the same address as far as they are strangers themselves. Nodes that share a backplane share the rates.
"""

from __future__ import annotations

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.occupancy import network_of
from liveroom.server.settings.groups import Limits
from liveroom.server.shared_buckets import SharedBuckets

BURST_S = 5.0
"""Who was quiet has saved up the calls of this many seconds."""


class CallRates:
    """See the module.

    Args:
        shared: the backplane, where there are other nodes.
    """

    def __init__(self, limits: Limits, clock: Clock, shared: Backplane | None = None) -> None:
        self._limits = limits
        # Apart, so that a flood of made-up addresses cannot push the users out of the memory.
        self._callers = SharedBuckets("calls", shared, clock)
        self._strangers = SharedBuckets("strangers", shared, clock)

    async def charge(self, identity: Identity, address: str) -> None:
        """Take a token of a caller whose key or token was accepted.

        Args:
            address: where the call came from; a guest is charged to it, since anybody can be a new guest.

        Raises:
            RealtimeError: `rate_limited`.
        """
        if identity.guest:
            await self.charge_stranger(address)
            return
        limits = self._limits
        is_server = identity.role >= Role.OPERATOR
        per_s = limits.http_service_calls_per_s if is_server else limits.http_calls_per_s
        # A server's name and a user's id may be alike; their rates are not.
        await self._take(self._callers, f"{is_server:d}{identity.user_id}", per_s)

    async def charge_stranger(self, address: str, cost: float = 1.0) -> None:
        """Take a token of an address.

        Args:
            cost: how much of one.

        Raises:
            RealtimeError: `rate_limited`.
        """
        await self._take(self._strangers, network_of(address), self._limits.http_stranger_calls_per_s, cost)

    async def _take(self, buckets: SharedBuckets, name: str, per_s: float, cost: float = 1.0) -> None:
        burst = max(1.0, BURST_S * per_s)
        wait_ms = await buckets.take(name, per_s, burst, cost)
        if wait_ms:
            text = "too many calls; wait a moment"
            raise RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms)
