"""Keys share the tag of their room; what is said on a channel is read as it was meant, or refused."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.backplane.base import Event, Target
from liveroom.realtime.backplane.redis.channel import Batch, Latest, Private, decode, encode_private, event_head
from liveroom.realtime.backplane.redis.keys import LANE, Keys, slot
from liveroom.realtime.codes import ROOM_PATTERN
from liveroom.realtime.identity import Role

events = st.lists(
    st.builds(Event, st.text(min_size=1, max_size=40).filter(lambda kind: len(kind.encode()) < 256), st.binary())
)


@pytest.mark.parametrize(("tag", "expected"), [("123456789", 12739), ("user1000", 3443), ("", 0)])
def test_slots_are_those_of_a_cluster(tag: str, expected: int) -> None:
    """The values of the Redis cluster specification: CRC16 of "123456789" is 0x31C3."""
    assert slot(tag) == expected


def names(keys: Keys, room: str) -> list[str]:
    """Everything that belongs to a room."""
    made = [keys.room(room), keys.history(room), keys.values(room), keys.sums(room), keys.viewers(room)]
    return [*made, keys.repeat(room, "k"), keys.repeat(room, "{x}"), keys.channel(room).decode()]


def test_all_names_of_a_room_have_its_tag_and_no_two_are_equal() -> None:
    """The tag of a key is what stands between its first braces."""
    keys = Keys(0)
    for name in names(keys, "r-1"):
        assert name[name.index("{") + 1 : name.index("}")] == "r-1"
    everything = [name for db, room in itertools.product((0, 1), ("a", "b")) for name in names(Keys(db), room)]
    everything += [keys.rate("a")[1], keys.rate("b")[1]]
    assert len(set(everything)) == len(everything)


def test_the_lane_of_the_nodes_can_be_no_room() -> None:
    assert not re.match(ROOM_PATTERN, LANE)


@given(events)
def test_a_batch_is_read_as_it_was_written(said: list[Event]) -> None:
    body = b"".join(event_head(event) + event.payload for event in said)
    assert decode(b"eepoch 7\n" + body) == Batch("epoch", 7, said)


@given(st.binary(), st.sampled_from([Target(user_id="小雨\n"), Target(roles=frozenset({Role.HOST, Role.MODERATOR}))]))
def test_a_private_word_is_read_as_it_was_written(payload: bytes, target: Target) -> None:
    word = Private("node", target, payload)
    assert decode(encode_private(word)) == word


def test_a_value_comes_with_its_version() -> None:
    assert decode(b"llikes 1790000000000 -2\n{\n}") == Latest("likes", (1_790_000_000_000, -2), b"{\n}")


@given(st.binary())
def test_what_others_say_is_refused_and_nothing_worse(message: bytes) -> None:
    try:
        decode(message)
    except ValueError:
        return


@given(events.filter(bool), st.integers(min_value=1, max_value=6))
def test_a_batch_that_was_cut_is_refused(said: list[Event], lacks: int) -> None:
    body = b"".join(event_head(event) + event.payload for event in said)
    with pytest.raises(ValueError, match="middle"):
        decode(b"eepoch 7\n" + body[:-lacks] if lacks < 6 else b"eepoch 7\n" + body + b"\0")
