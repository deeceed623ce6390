"""The stage under any history, against a model that knows only lists, with a clock that jumps."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from pydantic import TypeAdapter

from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.stage_view import GuestLeft, GuestSeated, StageChanged, StageView, Standing
from liveroom.rooms.rules import stage
from liveroom.rooms.rules.stage_commands import (
    Accept,
    Agree,
    Apply,
    Came,
    Cancel,
    Command,
    Configure,
    Decline,
    Elapse,
    Gone,
    Invite,
    Leave,
    Lock,
    Move,
    Refuse,
    Remove,
    Reserve,
    Unlock,
    Withdraw,
)
from liveroom.rooms.rules.stage_state import StageState, seat_status
from liveroom.rooms.rules.stage_view import mine, view
from tests.rooms.builders import HOST, MACHINE, NOW
from tests.rooms.stages import VIDEO, make_stage, options, person

PEOPLE = st.sampled_from("abcde")
SEATS = st.sampled_from([1, 2])
STATES: TypeAdapter[StageState] = TypeAdapter(StageState)


@dataclass
class Naive:
    """One person as somebody with pen and paper would note them; times in ms."""

    place: str
    seat: int | None
    until: int | None
    gone_until: int | None = None


class StageMachine(RuleBasedStateMachine):
    """People, the staff and the clock do what they like."""

    @initialize(auto=st.booleans(), turn_s=st.sampled_from([0, 50]))
    def begin(self, auto: bool, turn_s: int) -> None:
        self.state = make_stage(options(2, auto=auto, turn_s=turn_s))
        self.turn_ms = turn_s * 1000
        self.auto = auto
        self.now_ms = NOW
        self.people: dict[str, Naive] = {}
        self.rests: dict[str, int] = {}
        self.locked: set[int] = set()
        self.reserved: dict[int, str] = {}
        self.on_screen: StageView = view(self.state)
        self.seen: dict[str, int] = {}

    # What somebody with pen and paper would do

    def has(self, seat: int) -> str | None:
        return next((name for name, each in self.people.items() if each.seat == seat), None)

    def free_for(self, name: str) -> int | None:
        mine = [seat for seat in (1, 2) if self.reserved.get(seat) == name and not self.has(seat)]
        free = [s for s in (1, 2) if not self.has(s) and s not in self.locked and s not in self.reserved]
        return (mine + free + [None])[0]  # type: ignore[list-item, return-value] - None when there is none

    def seat(self, name: str, seat: int) -> None:
        self.people[name].place, self.people[name].seat = "seated", seat
        self.people[name].until = self.now_ms + self.turn_ms if self.turn_ms else None
        self.reserved.pop(seat, None)

    def tidy(self) -> None:
        """Whose time is over is out."""
        for name, each in list(self.people.items()):
            if min(each.until or 10**15, each.gone_until or 10**15) <= self.now_ms:
                del self.people[name]

    def call(self) -> None:
        """Who waits and can have a seat without a word of the staff has it."""
        for name, each in self.people.items():
            if each.place == "waiting" and each.gone_until is None:
                seat = self.free_for(name)
                if seat is not None and (self.auto or self.reserved.get(seat) == name):
                    self.seat(name, seat)

    def do(self, command: Command) -> bool:
        """Let the rule do it; False when it refuses, and then nothing has changed."""
        try:
            self.state, events = stage.apply(self.state, command, self.now_ms)
        except Refusal:
            return False

        for event in events:
            if isinstance(event, StageChanged):
                assert event.stage.version > self.on_screen.version
                self.on_screen = event.stage
            elif isinstance(event, GuestSeated):
                assert event.user.id not in self.seen
                self.seen[event.user.id] = event.seat
            elif isinstance(event, GuestLeft):
                del self.seen[event.user.id]
        return True

    def act(self, command: Command, allowed: bool) -> bool:
        """A command that is allowed or not by what is on paper."""
        before = self.state
        assert self.do(command) == allowed
        if not allowed:
            assert self.state is before
        return allowed

    @rule(name=PEOPLE)
    def ask(self, name: str) -> None:
        self.tidy_both()
        there = self.people.get(name)
        waiting = sum(each.place == "waiting" for each in self.people.values())
        rests = self.now_ms < self.rests.get(name, 0)
        if self.act(Apply(person(name), VIDEO), there is not None or (waiting < 3 and not rests)):
            if there is None:
                self.people[name] = Naive("waiting", None, self.now_ms + 100_000)
            elif there.place == "invited" and there.seat is not None:
                self.seat(name, there.seat)
            self.call()

    @rule(name=PEOPLE, seat=st.one_of(st.none(), SEATS))
    def accept(self, name: str, seat: int | None) -> None:
        self.tidy_both()
        there = self.people.get(name)
        wanted = self.free_for(name) if seat is None or self.can_have(name, seat) is False else seat
        can = there is not None and (
            there.place == "seated"
            or (there.place == "waiting" and wanted is not None and (seat is None or self.can_have(name, seat)))
        )
        if self.act(Accept(name, seat), can) and there is not None and there.place == "waiting" and wanted is not None:
            self.seat(name, wanted)
            self.call()

    def can_have(self, name: str, seat: int) -> bool:
        return not self.has(seat) and seat not in self.locked and self.reserved.get(seat, name) == name

    @rule(name=PEOPLE)
    def invite(self, name: str) -> None:
        self.tidy_both()
        there = self.people.get(name)
        seat = self.free_for(name)
        settled = there is not None and there.place != "waiting"
        if self.act(Invite(person(name), VIDEO, HOST), settled or seat is not None) and not settled:
            if there is None:
                self.people[name] = Naive("invited", seat, self.now_ms + 30_000)
            elif seat is not None:
                self.seat(name, seat)
            self.call()

    @rule(name=PEOPLE, yes=st.booleans())
    def answer(self, name: str, yes: bool) -> None:
        self.tidy_both()
        there = self.people.get(name)
        place = there.place if there is not None else "absent"
        if yes:
            if self.act(Agree(name), place in ("invited", "seated")) and there is not None and place == "invited":
                assert there.seat is not None
                self.seat(name, there.seat)
        elif self.act(Decline(name), place in ("invited", "absent")):
            self.people.pop(name, None)
        self.call()

    @rule(
        name=PEOPLE,
        way=st.sampled_from([(Cancel, "waiting"), (Refuse, "waiting"), (Withdraw, "invited"), (Leave, "seated")]),
    )
    def end(self, name: str, way: tuple[type[Cancel | Refuse | Withdraw | Leave], str]) -> None:
        self.tidy_both()
        kind, from_place = way
        there = self.people.get(name)
        if self.act(kind(name), there is None or there.place == from_place):
            self.people.pop(name, None)
            self.call()

    @rule(name=PEOPLE)
    def remove(self, name: str) -> None:
        self.tidy_both()
        self.act(Remove(name), True)
        if self.people.pop(name, None) is not None:
            self.rests[name] = self.now_ms + 60_000
        self.call()

    @rule(name=PEOPLE, seat=SEATS)
    def move(self, name: str, seat: int) -> None:
        self.tidy_both()
        there = self.people.get(name)
        can = there is not None and there.place == "seated" and (there.seat == seat or self.can_have(name, seat))
        if self.act(Move(name, seat), can) and there is not None and there.seat != seat:
            there.seat = seat
            self.reserved.pop(seat, None)
            self.call()

    @rule(seat=SEATS, way=st.sampled_from(["lock", "unlock", "reserve"]), name=PEOPLE)
    def keep(self, seat: int, way: str, name: str) -> None:
        self.tidy_both()
        taken, for_whom = self.has(seat) is not None, self.reserved.get(seat)
        if way == "lock" and self.act(Lock(seat), not taken and for_whom is None):
            self.locked.add(seat)
        elif way == "unlock" and self.act(Unlock(seat), not taken):
            self.locked.discard(seat)
            self.reserved.pop(seat, None)
        elif way == "reserve" and self.act(
            Reserve(seat, person(name)), not taken and seat not in self.locked and for_whom in (None, name)
        ):
            self.reserved = {other: whom for other, whom in self.reserved.items() if whom != name} | {seat: name}
        self.call()

    @rule(auto=st.booleans())
    def configure(self, auto: bool) -> None:
        self.tidy_both()
        self.act(Configure(auto=auto), True)
        self.auto = auto
        self.call()

    @rule(name=PEOPLE)
    def drop(self, name: str) -> None:
        self.tidy_both()
        self.act(Gone(name, self.now_ms), True)
        there = self.people.get(name)
        if there is not None and there.gone_until is None:
            there.gone_until = self.now_ms + 20_000
        self.call()

    @rule(name=PEOPLE)
    def come_back(self, name: str) -> None:
        self.tidy_both()
        self.act(Came(name), True)
        if name in self.people:
            self.people[name].gone_until = None
        self.call()

    @rule(ms=st.sampled_from([-5_000, 1, 9_000, 20_000, 31_000, 101_000]))
    def pass_time(self, ms: int) -> None:
        self.now_ms += ms

    def tidy_both(self) -> None:
        """Time has passed on paper and for the rule, before anything else is looked at."""
        assert self.do(Elapse())
        self.tidy()
        self.call()

    @rule()
    def it_is_kept_as_it_is(self) -> None:
        stored = orjson.dumps(STATES.dump_python(self.state, mode="json"))
        assert STATES.validate_json(stored) == self.state

    @invariant()
    def paper_and_rule_agree(self) -> None:
        if not hasattr(self, "state"):
            return
        due = stage.due_at(self.state)
        if due is None or due > self.now_ms:
            standing = {guest.user.id: (guest.standing.value, guest.seat) for guest in self.state.guests}
            assert standing == {name: (each.place, each.seat) for name, each in self.people.items()}
            assert list(standing) == list(self.people), "in the same order"
        seats = [guest.seat for guest in self.state.guests if guest.seat is not None]
        assert len(set(seats)) == len(seats)
        assert len({guest.user.id for guest in self.state.guests}) == len(self.state.guests)
        self.who_only_listens_knows_who_is_on_the_stage()
        self.places_count_from_one_and_every_wait_has_an_end()

    def who_only_listens_knows_who_is_on_the_stage(self) -> None:
        sits = {guest.user.id: guest.seat for guest in self.state.seated().values()}
        shown = {seat.guest.user.id: seat.number for seat in self.on_screen.seats if seat.guest is not None}
        assert sits == shown
        assert set(sits) == set(self.seen)
        assert [seat.status for seat in self.on_screen.seats] == [
            seat_status(self.state, seat) for seat in self.state.seats
        ]

    def places_count_from_one_and_every_wait_has_an_end(self) -> None:
        queue = self.state.queue()
        if queue:
            assert [mine(self.state, guest.user.id).place for guest in queue] == list(range(1, len(queue) + 1))
        if any(guest.shown is not Standing.SEATED for guest in self.state.guests):
            assert stage.due_at(self.state) is not None


StageMachine.TestCase.settings = MACHINE
TestStage = StageMachine.TestCase
