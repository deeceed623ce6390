"""People and tokens that are shut out before their tokens run out.

Checked at every connect and refresh; cutting the open connections of a banned person is the hub's part.
Promise: memory is bounded. When the list is full, the entry that would end first makes room: it is the one that is
missed for the shortest time.
"""

from __future__ import annotations

import heapq

from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import Identity
from liveroom.server.errors import Banned, InvalidToken

CAPACITY = 100_000


class Revocations:
    """The list of one process."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._until_ms: dict[tuple[str, str], int] = {}
        self._ends: list[tuple[int, tuple[str, str]]] = []

    def __len__(self) -> int:
        return len(self._until_ms)

    def ban_user(self, user_id: str, until_ms: int) -> None:
        """Shut `user_id` out until `until_ms` (epoch ms); a later end than the one known replaces it."""
        self._put(("user", user_id), until_ms)

    def unban_user(self, user_id: str) -> None:
        """Let `user_id` in again."""
        self._until_ms.pop(("user", user_id), None)

    def revoke_token(self, token_id: str, until_ms: int) -> None:
        """Refuse the token with this `jti` until `until_ms` (epoch ms), which is best its own end."""
        self._put(("token", token_id), until_ms)

    def replace(self, what: str, subject: str, until_ms: int) -> bool:
        """Know this end of a `user` or a `token`, and no other; gives whether it is shut out now and was not before."""
        entry = what, subject
        was_out = self._holds(entry)
        self._until_ms.pop(entry, None)
        self._put(entry, until_ms)
        return self._holds(entry) and not was_out

    def check(self, identity: Identity) -> None:
        """Let `identity` pass, or say why not.

        Raises:
            Banned: the person is shut out.
            InvalidToken: this token was revoked.
        """
        if self._holds(("user", identity.user_id)):
            raise Banned
        if identity.token_id is not None and self._holds(("token", identity.token_id)):
            raise InvalidToken("the token was revoked")

    def _holds(self, entry: tuple[str, str]) -> bool:
        until_ms = self._until_ms.get(entry)
        return until_ms is not None and self._clock.now_ms() < until_ms

    def _put(self, entry: tuple[str, str], until_ms: int) -> None:
        if until_ms <= max(self._clock.now_ms(), self._until_ms.get(entry, 0)):
            return
        self._until_ms[entry] = until_ms
        heapq.heappush(self._ends, (until_ms, entry))
        self._forget_ended()
        while len(self._until_ms) > self._capacity:
            self._forget_first()
        if len(self._ends) > 2 * self._capacity:
            # Replaced and lifted entries leave their old ends behind; rebuild before they add up.
            self._ends = [(end_ms, known) for known, end_ms in self._until_ms.items()]
            heapq.heapify(self._ends)

    def _forget_ended(self) -> None:
        now_ms = self._clock.now_ms()
        while self._ends and self._ends[0][0] <= now_ms:
            self._forget_first()

    def _forget_first(self) -> None:
        end_ms, entry = heapq.heappop(self._ends)
        if self._until_ms.get(entry) == end_ms:
            del self._until_ms[entry]
