"""One room on this node: its document, its snapshot, and the state that its rules turn.

A `Room` is only ever changed between two awaits, so a join always finds document, snapshot and fan-out at the
same position. It waits for nothing and sends nothing; what is to be sent collects in its outbox, which
the room's actor empties.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

import orjson

from liveroom.realtime.backplane.base import Event, Position, Target
from liveroom.realtime.catalogue import Model
from liveroom.realtime.fanout import Fanout
from liveroom.realtime.identity import Identity, Role
from liveroom.realtime.member import Consumer
from liveroom.realtime.wire import encode_value, encode_values
from liveroom.rooms.attendance import Attendance, Viewer
from liveroom.rooms.guest_addresses import GuestAddresses
from liveroom.rooms.messages.comment import CommentsFolded
from liveroom.rooms.messages.room import ShowStats
from liveroom.rooms.outbox import Outbox
from liveroom.rooms.retold import nothing_retold
from liveroom.rooms.rules import comments, lifecycle, snapshot, traits, value_card
from liveroom.rooms.rules.bans import Ban, active
from liveroom.rooms.rules.likes import begin_show
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.rules.redaction import REMOVED, redact_all
from liveroom.rooms.rules.repeats import Repeats
from liveroom.rooms.rules.standing import NOBODY, Standing
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.scene import Scene
from liveroom.rooms.talk import PART as TALK
from liveroom.rooms.talk import Talk
from liveroom.rooms.tally import Tally
from liveroom.rooms.telemetry import RoomTelemetry
from liveroom.rooms.top_givers import TopGivers

STAFF_ROLES = frozenset({Role.HOST, Role.MODERATOR})
NOTHING: Mapping[str, object] = {}


def nobody_stands(user_id: str) -> Standing:
    """Where nothing can be earned."""
    return NOBODY


class Room:
    """See the module.

    Args:
        document: as it was loaded.
        history: recent events, to fill the snapshot, oldest first, up to the fan-out's position.
        bans: by user id.
        parts: what is shown besides the talk, as it was loaded.
        retold: gives what of the time before this process was told again after its start (`retold.Retold`).
    """

    shed_total = 0
    """Comments sampled out here, each once it is certain that it is no repeat."""

    def __init__(
        self,
        document: lifecycle.RoomState,
        scene: Scene,
        fanout: Fanout,
        bans: Mapping[str, Ban],
        telemetry: RoomTelemetry,
        now_ms: int,
        parts: Parts = NO_PARTS,
        retold: Callable[[str], Sequence[bytes]] = nothing_retold,
    ) -> None:
        self.id = document.id
        self.document = document
        self.scene = scene
        self.fanout = fanout
        self._retold = retold
        self.bans = dict(bans)
        self.guest_addresses = GuestAddresses()
        self.comments = comments.start(document.settings, document.host.id, now_ms)
        self.talk = Talk()
        self.repeats = Repeats()
        self._removed: set[str] = set()
        self._top = TopGivers()
        self.standing_of: Callable[[str], Standing] = nobody_stands
        """What somebody has earned in this room, by user id."""
        self.attendance = Attendance(scene, telemetry, now_ms, self.traits_of)
        self.tally = Tally(document.show.started_at if document.show else document.created_at)
        self.outbox = Outbox()
        self.like_listeners: list[Callable[[str, int], None]] = []
        """Hear of accepted likes: who gave them, and how many."""
        self.sum_show: Callable[[], Awaitable[ShowStats]] | None = None
        """Tells what the show has come to on all nodes; None: nobody counts."""
        self.host_lang = scene.fallback
        self._cached_at = Position("", -1)
        self._cached = b""
        self.snapshot = snapshot.fresh(document, (), parts)
        self.is_outdated = self._take_up()
        """Whether the document was read before its last change was told."""

    def observe(self, events: Sequence[Event]) -> None:
        """Fold events that are about to be flushed into the snapshot."""
        self._fold(self.fanout.ring.last_seq + 1, [event.payload for event in events])

    def redact(self) -> None:
        """Take comments that were removed out of the ring; called when the event that says so is in it."""
        removed, self._removed = self._removed, set()
        if removed:
            self.repeats.forget(removed)
            ring = self.fanout.ring
            kept = ring.tail(ring.first_seq - 1) or []
            for seq, event in redact_all(ring.first_seq, kept, removed):
                self.fanout.rewrite(seq, event)

    def traits_of(self, identity: Identity) -> traits.Traits:
        """Somebody as they are shown in this room; from memory, also when they are not here."""
        known = traits.read(identity, self.id, self.standing_of(identity.user_id))
        show = self.document.show.id if self.document.show else None
        is_top = self._top.has(self.fanout.values, show, identity.user_id)
        return self.talk.named(known._replace(top=True) if is_top else known)

    @property
    def lags(self) -> bool:
        """Whether viewers see the room in another state than that of the document."""
        fresh = snapshot.fresh(self.document)
        return (self.snapshot.room, self.snapshot.show) != (fresh.room, fresh.show)

    def rebuild(self, parts: Parts) -> None:
        """Make the snapshot from the document and `parts`, when the events that would have changed it are lost."""
        self.snapshot = snapshot.fresh(self.document, self.snapshot.comments, parts)
        self._cached_at = Position("", -1)
        self._follow_talk()

    def replace(self, document: lifecycle.RoomState) -> None:
        """A newer document was stored, here or by another node."""
        if document.show is not None and document.show != self.document.show:
            # Two shows can begin in the same millisecond, when a host ends the one and begins the other in one go.
            term = max(document.show.started_at, self.tally.term + 1)
            self.tally = Tally(term, begin_show(self.tally.likes))
            self.attendance.begin_show()
        self.document = document

    def role_of(self, user_id: str) -> Role:
        """The role somebody has in the room, as far as it can be known when they are not here."""
        viewer = self.attendance.viewers.get(user_id)
        if viewer is not None:
            return viewer.traits.role
        return Role.HOST if user_id == self.document.host.id else Role.VIEWER

    def ban_of(self, user_id: str, now_ms: int) -> Ban | None:
        """The ban that keeps somebody out now."""
        ban = self.bans.get(user_id)
        return ban if active(ban, now_ms) else None

    def replace_bans(self, bans: Mapping[str, Ban]) -> None:
        """The bans were changed, here or by another node; another object each time, so that this can be seen."""
        self.bans = dict(bans)

    def shown(self) -> bytes:
        """The room as somebody who joins now sees it: the snapshot, with totals and position."""
        position = self.fanout.position
        totals = encode_values(self.fanout.values)
        return b'%b,"totals":%b,"epoch":"%b","seq":%d}' % (
            self._snapshot_bytes()[:-1],
            totals,
            position.epoch.encode(),
            position.seq,
        )

    def join(
        self,
        consumer: Consumer,
        identity: Identity,
        after: Position | None,
        answer_bytes: int,
        lang: str | None,
        past: PastVisits | None,
        now_ms: int,
        *,
        again: bool,
        mine: Mapping[str, object] = NOTHING,
    ) -> tuple[bytes, str]:
        """Make a connection a member.

        Args:
            answer_bytes: most of the missed events that the result brings.
            again: it is a member already and repairs its position.
            mine: further fields of the `me` part.

        Returns:
            The join result of the wire, and how a resume went: `recovered`, `snapshot`, `epoch`, or empty.
        """
        role = identity.role_in(self.id)
        missed = self.fanout.attach(consumer, role, after, answer_bytes)
        if again:
            viewer = self.attendance.viewers.get(identity.user_id)
        else:
            past = self.outbox.visits.get(identity.user_id, past)
            viewer = self.attendance.enter(identity, self.document, lang, past, now_ms, resumed=missed is not None)
        if role is Role.HOST and lang is not None:
            self.host_lang = lang
        outcome, position = "", self.fanout.position
        if after is not None:
            if missed is not None:
                position = Position(after.epoch, after.seq + len(missed))
            outcome = "recovered" if missed is not None else "snapshot" if after.epoch == self.fanout.epoch else "epoch"
        retold = self._retold(self.id) if outcome == "epoch" else ()
        return self._joined(position, _me(identity, role, viewer, mine), missed, retold), outcome

    def card_events(self, user_id: str, shown: Sequence[Model]) -> None:
        """Send steps of a value card to their viewer."""
        self.outbox.privates.extend((Target(user_id=user_id), each) for each in shown)

    def act(self, user_id: str, now_ms: int) -> None:
        """Somebody commented, liked or tapped."""
        self.card_events(user_id, self.attendance.act(user_id, now_ms))

    def settle(self, now_ms: int) -> None:
        """Apply what time has brought."""
        self.repeats.begin()
        counts = self.repeats.take(now_ms)
        if counts:
            self.outbox.events.append(CommentsFolded(counts=counts))
        settled = self.attendance.settle(self.document, now_ms)
        for user_id, shown in settled.cards:
            self.outbox.privates.append((Target(user_id=user_id), shown))
        self.outbox.keep_visits(settled.over)

    def _take_up(self) -> bool:
        """Apply what was told before; whether that shows the room in another state than that of the document."""
        ring = self.fanout.ring
        self._fold(ring.first_seq, ring.tail(ring.first_seq - 1) or [])
        lags = self.lags
        self.redact()
        # The document is the truth about the room; the events fill in the talk, and what else became of it meanwhile.
        self.snapshot = snapshot.fresh(self.document, self.snapshot.comments, self.snapshot.parts)
        self._follow_talk()
        return lags

    def _fold(self, first_seq: int, payloads: Sequence[bytes]) -> None:
        for seq, payload in enumerate(payloads, first_seq):
            event = orjson.loads(payload)
            kind, data = event["kind"], event["data"]
            self.snapshot = snapshot.apply_event(self.snapshot, kind, data, event["ts"], seq)
            if kind == REMOVED:
                self._removed.update(data["ids"])
            elif kind == "talk.changed":
                self._follow_talk()

    def _follow_talk(self) -> None:
        self.talk.follow(self.snapshot.parts.get(TALK, NO_PARTS).get(self.id))

    def _snapshot_bytes(self) -> bytes:
        """The encoded snapshot, made once for all who join at the same position."""
        position = self.fanout.position
        if self._cached_at != position:
            self._cached_at = position
            self._cached = orjson.dumps(self.snapshot.as_object())
        return self._cached

    def _joined(self, position: Position, me: bytes, missed: list[bytes] | None, retold: Sequence[bytes] = ()) -> bytes:
        if missed is None:
            state = b'"recovered":false,"snapshot":%b' % self._snapshot_bytes()
            if retold:
                state += b',"events":[%b]' % b",".join(retold)
        else:
            state = b'"recovered":true,"events":[%b]' % b",".join(missed)
        return b'{"room":"%b","epoch":"%b","seq":%d,%b,"totals":%b,"me":%b}' % (
            self.id.encode(),
            position.epoch.encode(),
            position.seq,
            state,
            encode_values(self.fanout.values),
            me,
        )


def _me(identity: Identity, role: Role, viewer: Viewer | None, mine: Mapping[str, object]) -> bytes:
    """What concerns this viewer alone, so that a private push that was lost costs nothing."""
    me: dict[str, object] = {
        **mine,
        "user": {"id": identity.user_id, "name": viewer.traits.name if viewer else identity.name, "role": role},
    }
    if viewer is not None:
        me["visit"] = {"number": viewer.visit.number, "first": viewer.visit.first}
        if viewer.welcome is not None:
            me["welcome"] = orjson.Fragment(viewer.welcome)
        card = value_card.current(viewer.card) if viewer.card is not None else None
        if card is not None:
            me["value_card"] = orjson.Fragment(encode_value(card))
    return orjson.dumps(me)
