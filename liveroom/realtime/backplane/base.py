"""The contract between the nodes of a deployment.

What every engine promises (tests/contracts/backplane.py is the same list as tests):

* `publish` gives a room's events consecutive numbers within an `epoch`, keeps the newest for `tail`, and
  hands them to every subscribed node in that order; all of one call, or nothing and `BackplaneUnavailable`.
* A publication with a `key` has its effect once in `KEY_TTL_S`: a repeat returns the first answer, another
  body under the same key is a conflict; both take no number.
* Delivery to a node is at most once; a node that may have missed something is told `on_gap` and repairs with
  `tail`. A lost history starts a new epoch, so that an old position is never mistaken for a new one.
* What is kept of a history can be replaced, so that something removed is not given out again: number for number, for
  every later `tail`, `recent` and `subscribe`. Nobody is told; that is an event of its own.
* Counters are atomic over all nodes; an addition with a `key` counts once in `KEY_TTL_S`, and a repeat returns the
  first totals. A total that was lost goes on from the highest that a node knows. A `latest` value with a lower version
  never replaces a higher one.
* Signals only: whatever must survive the loss of the engine belongs into the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple, Protocol

from liveroom.realtime.identity import Role

KEY_TTL_S = 600
"""How long a key is remembered (docs/protocol.md, `key`)."""
NO_FLOORS: Mapping[str, int] = MappingProxyType({})


class Position(NamedTuple):
    """A place in the numbering of a room."""

    epoch: str
    seq: int


class Event(NamedTuple):
    """One sequenced event, already encoded as its wire object."""

    kind: str
    payload: bytes
    vital: bool = False


Version = tuple[int, int]
"""Of a latest value: term (a show, a point in time), then number within it."""


class Outcome(StrEnum):
    """What became of a publication."""

    FRESH = "fresh"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class Publication(NamedTuple):
    """Events that take effect together.

    Args:
        events: in order; may be empty when only the key matters.
        key: already made unique to its author.
        digest: fingerprint of the command's body, compared on a repeat.
        answer: what a repeat is answered with; opaque here.
    """

    events: tuple[Event, ...] = ()
    key: str | None = None
    digest: bytes = b""
    answer: bytes = b""


class Published(NamedTuple):
    """The result of one publication.

    Args:
        position: of its last event; `seq` is 0 when it had none.
        answer: the stored one, on a repeat.
    """

    outcome: Outcome
    position: Position
    answer: bytes = b""


class Key(NamedTuple):
    """What a publication is known by when it comes again."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Take:
    """A wish to take `cost` tokens from a bucket shared by all nodes; a negative cost gives them back."""

    bucket: str
    per_s: float
    burst: float
    cost: float = 1.0


@dataclass(frozen=True, slots=True)
class Target:
    """Who gets a private event: one user, or everybody with one of the roles in the room."""

    user_id: str | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)


class Receiver(Protocol):
    """A node's side; called on its event loop, never blocks, never raises."""

    def on_events(self, room: str, epoch: str, first_seq: int, events: Sequence[Event]) -> None:
        """Consecutive events of a subscribed room."""

    def on_latest(self, room: str, kind: str, value: bytes) -> None:
        """A newer absolute value."""

    def on_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """An event object for one user or role; in one room or everywhere."""

    def on_gap(self, room: str) -> None:
        """Something may have been missed: read `tail` from the last known position."""

    def on_node_message(self, message: bytes) -> None:
        """A message of `tell_nodes`."""

    def on_nodes_missed(self) -> None:
        """Messages of `tell_nodes` may be lost for good: read anew what they tell of."""


class Backplane(Protocol):
    """One engine. All calls may raise `BackplaneUnavailable` within half a second."""

    is_shared: bool
    """Whether other nodes hear what is published here."""

    async def start(self, receiver: Receiver) -> None:
        """Connect; `receiver` hears from now on."""

    async def close(self) -> None:
        """Release everything; nothing is delivered afterwards."""

    def is_available(self) -> bool:
        """Whether calls were carried out when it was last known; found out within 3 s, and without asking anybody."""

    async def subscribe(self, room: str, recent: int) -> tuple[Position, list[bytes]]:
        """Hear of a room from the returned position on; with up to `recent` events that led there."""

    async def unsubscribe(self, room: str) -> None:
        """Hear of a room no more."""

    async def publish(self, room: str, publications: Sequence[Publication]) -> list[Published]:
        """Number, keep and deliver; one result for each publication, in order."""

    async def recall(self, room: str, keys: Sequence[Key]) -> list[Published | None]:
        """What became of each key that was published before: duplicate or conflict; None for a new one."""

    async def tail(self, room: str, after: Position) -> tuple[Position, list[bytes] | None]:
        """The present position and the events after `after`; None when they are gone."""

    async def recent(self, room: str, most: int) -> tuple[Position, list[bytes]]:
        """The present position and up to `most` of the events that led there, oldest first."""

    async def replace(self, room: str, epoch: str, events: Mapping[int, bytes]) -> None:
        """Keep other bytes under the numbers given; those that are gone, and another epoch, are passed over."""

    async def add(
        self,
        room: str,
        counters: Mapping[str, int],
        key: str | None = None,
        floors: Mapping[str, int] = NO_FLOORS,
    ) -> dict[str, int]:
        """Add to counters of a room and return their new totals. Keys are those of `publish`: take other names.

        Args:
            floors: totals that were returned before. One that is lower now, since the engine has lost its data, is
                raised to that first.
        """

    async def set_latest(self, room: str, kind: str, value: bytes, version: Version) -> None:
        """Keep and deliver an absolute value, unless a higher version is already known."""

    async def latest(self, room: str) -> dict[str, bytes]:
        """All latest values of a room. Where it is subscribed, nothing older than these is told from then on, and what
        was told of them before is not older when they are returned."""

    async def report_viewers(self, room: str, viewers: int) -> int:
        """Tell how many viewers this node has; returns the sum over all nodes that are alive."""

    async def send_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """Deliver to every connection of the target, on any node."""

    async def take(self, wishes: Sequence[Take]) -> list[int]:
        """Take tokens; for each wish 0 when taken, else the milliseconds until it could be."""

    async def tell_nodes(self, message: bytes) -> None:
        """Tell every node, this one included."""

    async def forget(self, room: str) -> None:
        """Drop the signals of a room that is over and empty."""
