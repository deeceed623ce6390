"""What the realtime package asks of whoever gives the rooms their meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from liveroom.realtime.backplane.base import Position
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import Connect

if TYPE_CHECKING:
    from liveroom.realtime.connection import Connection
    from liveroom.realtime.decoder import Command


Door = Callable[[Position | None, int], bytes]
"""Enters at once, with the position the client has and the most bytes of missed events that the answer may bring, and
returns the join result as a JSON object."""


class Application(Protocol):
    """The upper half. Refusals are raised as `RealtimeError` and answered with an `error` frame."""

    async def identify(self, connect: Connect, address: str) -> tuple[Identity, str | None]:
        """Who connects from `address`; for a guest also the token that brings the same guest back.

        Raises:
            RealtimeError: the token is not valid, has expired, or guests are not wanted at all.
        """

    async def refresh(self, token: str, identity: Identity) -> Identity:
        """A newer identity of the same user.

        Raises:
            RealtimeError: the token is not valid or another user's.
        """

    async def prepare(self, connection: Connection, room: str) -> Door:
        """Do all that may wait before a join; calling the door makes the connection a member (through `Hub`).

        Raises:
            RealtimeError: no such room, or the token is for others. The door refuses who is banned or not wanted.
        """

    def joined(self, connection: Connection, room: str) -> Sequence[bytes]:
        """The connection is a member, and its answer is about to be written.

        Returns:
            Messages that follow the answer at once, in the same write.
        """

    def submit(self, connection: Connection, command: Command) -> None:
        """Carry out a command of the catalogue; answers through `connection`, now or later.

        Raises:
            RealtimeError: it is refused at once.
        """

    def left(self, connection: Connection, room: str) -> None:
        """The connection left the room or is gone."""
