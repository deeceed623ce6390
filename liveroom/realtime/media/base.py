"""The contract of media engines: who may connect, who may send, who hears and sees whom.

What every engine promises (tests/contracts/media.py and media_tickets.py are the same list as tests):

* A **ticket** is for one person in one room; a newer one of the same person there ends the older. It may be used again
  for a new connection until it ends, so that a client that was cut off comes back to the same rights.
* Connecting gives no right to send. `grant` does, for the kinds it names; what somebody without the right sends goes to
  nobody. The client is never trusted with this.
* A grant belongs to the person, not to the connection: it may come before, and it outlives a lost one.
* Everybody who was granted something receives all others who were, in the room and in a linked one; so does a watcher,
  who has a ticket for nothing else. A ticket that is only warm receives nothing.
* `mute` stops a kind from being forwarded until it is undone and tells; the right stays.
* The ticket of who has no grant ends, with the right to watch, when his last connection is closed for good; that of
  who has one is kept, since he is waited for.
* What is muted outlives a connection, and is told again after `Connected`; it ends with the grant, which is told.
* `remove` ends connection, ticket and rights.
* All commands may be repeated: what is so already is done again without effect.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from liveroom.realtime.media.errors import WebhookRefused
from liveroom.realtime.media.events import BOTH, Kind, Kinds, LinkTicket, MediaEvent

SDP_CHARS = 60_000
"""Longest description that is read; with it a message fits into the limit of the wire."""
WARM_S = 60.0
"""How long a connection without any right is kept."""
KEEP_S = 30.0
"""How long somebody who is lost is waited for."""
TICKET_S = 4 * 3600.0
"""How long a ticket can be used; a show may be long, and a lost connection comes back with the same."""


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server for the client, as `RTCIceServer` of WebRTC."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """The right to connect.

    Args:
        engine: how the client connects: `sfu`, by an offer that goes through `MediaEngine.answer`, or `livekit`, to
            `url` with the ticket as its token.
        ticket: a secret of the client.
        expires_at_ms: after this it can no longer be used (epoch ms).
        slots: how many others the client should ask to receive, at most.
        links: further tickets, for the rooms that this one is linked to (`Capabilities.links`).
    """

    engine: str
    ticket: str
    room: str
    user_id: str
    expires_at_ms: int
    slots: int
    ice_servers: tuple[IceServer, ...] = ()
    url: str | None = None
    links: tuple[LinkTicket, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an offer.

    Args:
        session: names this connection in events.
        sdp: the engine's description.
    """

    session: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can and cannot do.

    Args:
        offers: connections are made by `answer`; otherwise the client goes to the ticket's `url`.
        links: how linked rooms hear each other: `forward`, without anything of the client; `second_ticket`, a further
            ticket for the other room; None: not at all.
        nodes: rooms may be spread over several nodes.
        unmute: a person muted by somebody else can be unmuted by somebody else.
    """

    offers: bool
    links: str | None
    nodes: bool
    unmute: bool


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """How an engine is doing.

    Args:
        connections: media connections now.
        load: share of a core that its busiest process takes.
        packets_out: sent since each process began.
        restarts: processes that had to be started again.
    """

    connections: int = 0
    load: float = 0.0
    packets_out: int = 0
    restarts: int = 0


MakeIceServers = Callable[[str, int], tuple[IceServer, ...]]
"""Makes what a person needs to be reached, by user id and the time (epoch ms)."""


def no_ice_servers(user_id: str, now_ms: int) -> tuple[IceServer, ...]:
    """Where clients are reached directly."""
    return ()


Json = dict[str, Any]
Listener = Callable[[MediaEvent], None]
"""Called on the event loop; never blocks, never raises."""


class MediaEngine(ABC):
    """See the module. Rooms and people are whatever the caller names; an engine knows no roles.

    All commands raise `MediaUnavailable` when they were not done in time.
    """

    name: str
    capabilities: Capabilities

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    @abstractmethod
    async def start(self) -> None:
        """Begin; returns when connections can be made."""

    @abstractmethod
    async def stop(self) -> None:
        """End all connections."""

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every event from now on."""
        self._listeners.append(listener)

    def _tell(self, event: MediaEvent) -> None:
        for listener in self._listeners:
            listener(event)

    @property
    def health(self) -> EngineHealth | None:
        """How it is doing, as far as that is this server's business."""
        return None

    @abstractmethod
    async def prepare(self, room: str, user_id: str, *, watch: bool = False) -> Ticket:
        """Let somebody connect, while the invitation is still on the screen.

        Args:
            watch: this person is to receive the stage without being on it.

        Raises:
            MediaOverloaded: no more connections are taken.
        """

    @abstractmethod
    async def owns(self, ticket: str, room: str, user_id: str) -> bool:
        """Whether a ticket is this person's in this room, and good."""

    @abstractmethod
    async def answer(self, ticket: str, offer: str) -> Answer:
        """Answer the client's description; an earlier connection of the same ticket goes on until this one stands.

        Raises:
            TicketRefused, OfferRefused, MediaOverloaded: it is not answered.
            MediaUnsupported: the clients of this engine do not connect this way.
        """

    @abstractmethod
    async def grant(self, room: str, user_id: str, seat: int, kinds: Kinds = BOTH) -> None:
        """Let somebody send these kinds, and no others, and receive the stage. `seat` orders the slots of others."""

    @abstractmethod
    async def revoke(self, room: str, user_id: str) -> None:
        """Take back what was granted. The connection stays warm for `WARM_S`."""

    @abstractmethod
    async def mute(self, room: str, user_id: str, kind: Kind, muted: bool) -> None:
        """Stop or go on forwarding a kind of somebody.

        Raises:
            NotConnected: there is nobody of this name in the room.
            MediaUnsupported: see `Capabilities.unmute`.
        """

    @abstractmethod
    async def remove(self, room: str, user_id: str) -> None:
        """End somebody's connection, ticket and rights here."""

    @abstractmethod
    async def link(self, room_a: str, room_b: str) -> None:
        """Let the granted of two rooms hear and see each other (a battle of two or more rooms: each pair)."""

    @abstractmethod
    async def unlink(self, room_a: str, room_b: str) -> None:
        """End a link."""

    @abstractmethod
    async def close_room(self, room: str) -> None:
        """Remove everybody, end the link."""

    def read_webhook(self, body: bytes, token: str) -> Json | None:
        """What the server behind the engine tells, to be given to `hear_webhook` on every node; None: nothing.

        Raises:
            WebhookRefused: it was not sent by it, or there is no such server.
        """
        raise WebhookRefused("no server is set that could tell anything here")

    def hear_webhook(self, told: Json) -> None:  # noqa: B027 - no duty of engines without webhooks
        """What `read_webhook` gave, on this node or another one."""

    @abstractmethod
    async def resume(self, room: str, seated: Collection[str]) -> None:
        """Tell who is connected to a room already, by another node or before a restart, and end what nobody granted.

        Asked for when a room is taken up, after its grants were told.

        Args:
            seated: user ids of all who have a grant.
        """
