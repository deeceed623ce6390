"""Who is in a room on this node: visits, the counts made of them, welcomes, cues and value cards.

All methods are synchronous and called by the room's owner; what is to be sent is returned. Leaves, cards and
the end of visits are due at known times: `next_due_ms` says when `settle` has something to do. Bounded: above
`MAX_VISITS` people, those who have left are forgotten with the delay of their leave instead of the gap of a visit.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.audience import ViewerEntered
from liveroom.rooms.messages.people import Author, Person
from liveroom.rooms.messages.welcome import CueShown, ValueCardShown, WelcomeShown
from liveroom.rooms.rules import audience, cue, traits, value_card, visits, welcome
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.standing import Standing
from liveroom.rooms.scene import Scene
from liveroom.rooms.telemetry import RoomTelemetry

MAX_VISITS = 100_000
GRID_MS = 20
"""What is due for many within this time is done for all of them in one turn of the room."""

AUDIENCE = frozenset({Role.GUEST, Role.VIEWER})


@dataclass(slots=True)
class Viewer:
    """One person in the room on this node.

    `due_at_ms`: when something is due for them, as far as it is scheduled; `asked_at_ms`, `asked_key`: when they asked
    last, and the key of that comment.
    """

    traits: traits.Traits
    lang: str | None
    visit: visits.Visit
    counted: bool = False
    is_new: bool = False
    welcome: bytes | None = None
    card: value_card.CardState | None = None
    greeted_at_ms: int = 0
    due_at_ms: int | None = None
    asked_at_ms: int = 0
    asked_key: str | None = None
    written_as: Author | None = None

    @property
    def author(self) -> Author:
        """As their comments name them; made once."""
        if self.written_as is None:
            self.written_as = self.traits.author()
        return self.written_as


class Entry(NamedTuple):
    """What follows a visit that begins."""

    welcome: WelcomeShown
    cue: CueShown | None
    effect: ViewerEntered | None


@dataclass(slots=True)
class Settled:
    """What the passing of time brought."""

    cards: list[tuple[str, ValueCardShown]] = field(default_factory=list)
    over: dict[str, visits.PastVisits] = field(default_factory=dict)


class Attendance:
    """See the module.

    Args:
        scene: texts of the room.
        telemetry: hears of bounces.
        traits_of: reads somebody as the room shows them.
    """

    def __init__(
        self, scene: Scene, telemetry: RoomTelemetry, now_ms: int, traits_of: Callable[[Identity], traits.Traits]
    ) -> None:
        self.audience = audience.Audience()
        self.viewers: dict[str, Viewer] = {}
        self._scene = scene
        self._telemetry = telemetry
        self._traits_of = traits_of
        self._cues = cue.start(now_ms)
        self._traits_of = traits_of
        self._due: list[tuple[int, str]] = []
        self._cards = 0

    def enter(
        self,
        identity: Identity,
        room: RoomState,
        lang: str | None,
        past: visits.PastVisits | None,
        now_ms: int,
        *,
        resumed: bool,
    ) -> Viewer:
        """Count a connection of a person in; staff are here, but are no audience and are not greeted."""
        user_id = identity.user_id
        known = self.viewers.get(user_id)
        before = known.visit if known else None
        visit, is_new = visits.enter(
            before,
            past,
            user_id,
            now_ms,
            gap_ms=room.settings.visit_gap_ms,
            resumed=resumed,
        )
        if known is None:
            known = self.viewers[user_id] = Viewer(self._traits_of(identity), lang, visit)
        else:
            known.traits, known.lang, known.visit = self._traits_of(identity), lang, visit
            known.written_as = None
            if is_new and before is not None:
                self._count_bounce(known, before)
                known.welcome = known.card = None
        is_staff = known.traits.role not in AUDIENCE
        known.is_new = (known.is_new or is_new) and not is_staff
        if not known.counted and not is_staff:
            known.counted = True
            self.audience = audience.came(self.audience, known.traits, now_ms, new_visit=is_new)
        self._plan(known, room)
        return known

    def greet(self, user_id: str, room: RoomState, host_lang: str, now_ms: int) -> Entry | None:
        """The welcome, the cue and the effect of a visit that has just begun; None when it was greeted."""
        viewer = self.viewers.get(user_id)
        if viewer is None or not viewer.is_new:
            return None
        viewer.is_new = False
        viewer.greeted_at_ms = now_ms
        self._cards += 1
        viewer.card = value_card.start(f"card_{now_ms:x}_{self._cards:x}", self._scene, viewer.lang, now_ms)
        self._plan(viewer, room)
        shown = welcome.choose(viewer.traits, viewer.visit, self._scene, viewer.lang, now_ms, room=room)
        self._cues, told = cue.apply(self._cues, viewer.traits, viewer.visit, self._scene, host_lang, now_ms, room=room)
        self._cues, effect = cue.enter(self._cues, viewer.traits, viewer.visit, self._scene, now_ms, room=room)
        return Entry(shown, told, effect)

    def restate(self, user_id: str, standing: Standing) -> None:
        """Somebody who is here has earned something: the next comment shows it."""
        viewer = self.viewers.get(user_id)
        if viewer is not None:
            viewer.traits = viewer.traits.standing(standing)
            viewer.written_as = None

    def leave(self, user_id: str, room: RoomState, now_ms: int) -> None:
        """Count a connection out; the person leaves when nobody of theirs is back in time."""
        viewer = self.viewers.get(user_id)
        if viewer is None:
            return
        viewer.visit = visits.leave(viewer.visit, now_ms)
        self._plan(viewer, room)

    def act(self, user_id: str, now_ms: int) -> tuple[ValueCardShown, ...]:
        """Somebody did something: no bounce any more, and perhaps the next step of their card."""
        viewer = self.viewers.get(user_id)
        if viewer is None:
            return ()
        viewer.visit = visits.act(viewer.visit)
        if viewer.card is None:
            return ()
        was_waiting = value_card.due_at(viewer.card) is not None
        viewer.card, shown = value_card.apply(viewer.card, value_card.Act(), now_ms)
        if was_waiting:
            self._telemetry.value_card_shown((now_ms - viewer.greeted_at_ms) / 1000)
        return shown

    def tap(self, user_id: str, tap: value_card.Tap, now_ms: int) -> tuple[ValueCardShown, ...]:
        """Somebody tapped their card.

        Raises:
            Refusal: they have none, or not this step.
        """
        viewer = self.viewers.get(user_id)
        if viewer is None or viewer.card is None:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no card in front of you", field="card_id")
        viewer.card, shown = value_card.apply(viewer.card, tap, now_ms)
        viewer.visit = visits.act(viewer.visit)
        return shown

    def begin_show(self) -> None:
        """A show begins: who waits already is its first audience."""
        self.audience = audience.begin_show(self.audience)

    def people(self, user_ids: tuple[str, ...]) -> tuple[Person, ...]:
        """Those of the users who are here, each once."""
        present = (self.viewers.get(user_id) for user_id in dict.fromkeys(user_ids))
        return tuple(viewer.traits.person() for viewer in present if viewer is not None)

    def remember(self, now_ms: int) -> dict[str, visits.PastVisits]:
        """What to keep of everybody's visit when the room ends on this node: as if all left now."""
        return {user_id: visits.close(visits.end(viewer.visit, now_ms)) for user_id, viewer in self.viewers.items()}

    def next_due_ms(self) -> int | None:
        """When `settle` has something to do."""
        return self._due[0][0] if self._due else None

    def settle(self, room: RoomState, now_ms: int) -> Settled:
        """Apply what is due: cards, delayed leaves, ends of visits."""
        settled = Settled()
        while self._due and self._due[0][0] <= now_ms:
            at_ms, user_id = heapq.heappop(self._due)
            viewer = self.viewers.get(user_id)
            if viewer is not None and viewer.due_at_ms == at_ms:
                viewer.due_at_ms = None
                self._settle_one(viewer, room, now_ms, settled)
        return settled

    def _settle_one(self, viewer: Viewer, room: RoomState, now_ms: int, settled: Settled) -> None:
        user_id = viewer.visit.user_id
        is_here = viewer.visit.left_at_ms is None
        if is_here and viewer.card is not None:
            viewer.card, shown = value_card.apply(viewer.card, value_card.Due(), now_ms)
            settled.cards.extend((user_id, each) for each in shown)
            if shown:
                self._telemetry.value_card_shown((now_ms - viewer.greeted_at_ms) / 1000)
        if viewer.counted and visits.is_gone(viewer.visit, now_ms, room.settings.leave_delay_ms):
            viewer.counted = False
            self.audience = audience.went(self.audience)
        if not visits.is_over(viewer.visit, now_ms, self._gap_ms(room)):
            self._plan(viewer, room)
            return
        if viewer.counted:
            self.audience = audience.went(self.audience)
        self._count_bounce(viewer, viewer.visit)
        settled.over[user_id] = visits.close(viewer.visit)
        del self.viewers[user_id]

    def _count_bounce(self, viewer: Viewer, over: visits.Visit) -> None:
        if viewer.traits.role in AUDIENCE and visits.bounced(over):
            self._telemetry.viewer_bounced()

    def _gap_ms(self, room: RoomState) -> int:
        """Absence after which a visit is over."""
        gap_ms = room.settings.visit_gap_ms
        return gap_ms if len(self.viewers) <= MAX_VISITS else min(gap_ms, room.settings.leave_delay_ms)

    def _plan(self, viewer: Viewer, room: RoomState) -> None:
        """Schedule the next moment that matters for a viewer, unless an earlier one is scheduled, which plans again:
        so who comes and goes all day has one entry, not thousands."""
        left_at_ms = viewer.visit.left_at_ms
        if left_at_ms is not None:
            gap_ms = self._gap_ms(room)
            at_ms: int | None = left_at_ms + (min(gap_ms, room.settings.leave_delay_ms) if viewer.counted else gap_ms)
        else:
            at_ms = value_card.due_at(viewer.card) if viewer.card is not None else None
        if at_ms is None:
            return
        at_ms += -at_ms % GRID_MS
        if viewer.due_at_ms is None or at_ms < viewer.due_at_ms:
            viewer.due_at_ms = at_ms
            heapq.heappush(self._due, (at_ms, viewer.visit.user_id))
