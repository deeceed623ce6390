"""What is heard of a room is told on in order, once and without a hole, whatever is lost, doubled or comes late."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from liveroom.realtime.backplane.base import Event, Position
from liveroom.realtime.backplane.redis.channel import Batch
from liveroom.realtime.backplane.redis.hearing import MAX_HELD, NOTHING, Heard, Hearing, Phase


def batch(first_seq: int, count: int = 1, epoch: str = "e") -> Batch:
    """Events that carry their numbers."""
    return Batch(epoch, first_seq, [Event("said", b"%d" % seq) for seq in range(first_seq, first_seq + count)])


def seqs(heard: Heard) -> list[int]:
    """What was told on."""
    return [int(event.payload) for each in heard.batches for event in each.events]


def steady(seq: int = 5) -> Hearing:
    """A room that is listened to."""
    hearing = Hearing()
    hearing.mend(Position("e", seq))
    return hearing


def test_what_follows_is_told_and_what_is_known_is_not() -> None:
    hearing = steady()
    assert seqs(hearing.hear(batch(6, 2))) == [6, 7]
    assert seqs(hearing.hear(batch(6, 2))) == []
    told = hearing.hear(batch(6, 4))
    assert (seqs(told), told.batches[0].first_seq) == ([8, 9], 8)


def test_a_hole_tears_once_and_holds_back_until_the_history_was_read() -> None:
    hearing = steady()
    assert hearing.hear(batch(7)) == Heard(is_torn=True)
    assert hearing.hear(batch(8)) == NOTHING
    assert seqs(hearing.mend(Position("e", 7))) == [8]
    assert hearing.phase is Phase.STEADY


def test_another_epoch_tears() -> None:
    hearing = steady()
    assert hearing.hear(batch(6, epoch="f")).is_torn
    assert seqs(hearing.mend(Position("f", 6))) == []
    assert seqs(hearing.hear(batch(7, epoch="f"))) == [7]


def test_what_came_before_the_position_was_known_is_told_after_it() -> None:
    hearing = Hearing()
    assert hearing.hear(batch(4, 3)) == NOTHING
    assert seqs(hearing.mend(Position("e", 5))) == [6]


def test_a_tear_during_a_read_asks_for_another_one() -> None:
    hearing = steady()
    hearing.tear()
    hearing.reads = 1
    assert hearing.tear() == NOTHING
    assert hearing.mend(Position("e", 6)).is_torn
    hearing.reads = 0
    assert not hearing.mend(Position("e", 6)).is_torn


def test_a_read_without_need_changes_nothing() -> None:
    hearing = steady(5)
    hearing.hear(batch(6))
    assert hearing.mend(Position("e", 5)) == NOTHING
    assert hearing.position.seq == 6


def test_more_than_can_be_held_is_read_once_more() -> None:
    hearing = steady()
    hearing.tear()
    for number in range(MAX_HELD + 1):
        hearing.hear(batch(6 + number))
    heard = hearing.mend(Position("e", 5))
    assert seqs(heard) == list(range(6, 6 + MAX_HELD))
    assert heard.is_torn
    again = hearing.mend(Position("e", 6 + MAX_HELD))
    assert (seqs(again), again.is_torn) == ([], False)


class HearingMachine(RuleBasedStateMachine):
    """A server, a line that loses, doubles and delays, and a node that repairs; the model is the list of all events."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0
        self.line: list[Batch] = []
        self.sent: list[Batch] = []
        self.told: list[int] = []
        self.hearing = steady(0)
        self.is_torn = False
        self.read: int | None = None

    def follow(self, heard: Heard) -> None:
        """As a hub does: numbers it knows are dropped, a hole is a fault."""
        for each in heard.batches:
            for event in each.events:
                seq = int(event.payload)
                assert seq <= len(self.told) + 1, "told on with a hole"
                if seq == len(self.told) + 1:
                    self.told.append(seq)
        self.is_torn = self.is_torn or heard.is_torn

    @rule(count=st.integers(1, 4), is_lost=st.booleans())
    def write(self, count: int, is_lost: bool) -> None:
        said = batch(self.written + 1, count)
        self.written += count
        self.sent.append(said)
        if not is_lost:
            self.line.append(said)

    @precondition(lambda self: self.line)
    @rule()
    def arrive(self) -> None:
        self.follow(self.hearing.hear(self.line.pop(0)))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(self.sent))
        if old.last_seq <= self.hearing.position.seq:
            self.follow(self.hearing.hear(old))

    @rule()
    def cut_the_line(self) -> None:
        self.line.clear()
        self.follow(self.hearing.tear())

    @precondition(lambda self: self.is_torn and self.read is None)
    @rule()
    def begin_to_read(self) -> None:
        self.is_torn = False
        self.hearing.reads += 1
        self.read = self.written

    @precondition(lambda self: self.read is not None)
    @rule(fails=st.booleans())
    def end_reading(self, fails: bool) -> None:
        read, self.read = self.read, None
        assert read is not None
        self.hearing.reads -= 1
        if fails:
            self.is_torn = True
            return
        self.told.extend(range(len(self.told) + 1, read + 1))
        self.follow(self.hearing.mend(Position("e", read)))

    @invariant()
    def nothing_is_out_of_order(self) -> None:
        assert self.told == list(range(1, len(self.told) + 1))

    @invariant()
    def a_torn_room_is_never_forgotten(self) -> None:
        if self.hearing.phase is Phase.TORN:
            assert self.is_torn or self.read is not None

    def teardown(self) -> None:
        """When all is quiet and what is torn was read, everything was told."""
        for _ in range(3):
            if self.read is not None:
                self.end_reading(False)
            elif self.is_torn:
                self.begin_to_read()
                self.end_reading(False)
        self.line.clear()
        self.follow(self.hearing.tear())
        for _ in range(3):
            if self.is_torn:
                self.begin_to_read()
                self.end_reading(False)
        assert self.told == list(range(1, self.written + 1))
        assert self.hearing.phase is Phase.STEADY


HearingMachine.TestCase.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
TestHearingMachine = HearingMachine.TestCase
