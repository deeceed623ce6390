"""Who is shut out of the whole server is kept, on each kind of database, until it ends or is lifted."""

from __future__ import annotations

import pytest

from liveroom.rooms.storage.exclusions import LANE, Exclusion, Exclusions, What
from tests.storage.desk import Desk

NOW = 1_000_000


@pytest.fixture
def table(desk: Desk) -> Exclusions:
    """Empty."""
    return Exclusions(desk.database, desk.outbox)


def ban(user_id: str, until_ms: int, at_ms: int = NOW) -> Exclusion:
    """A ban of a user."""
    return Exclusion(What.USER, user_id, "op", at_ms, until_ms)


async def test_what_was_put_is_found_with_all_of_it(table: Exclusions) -> None:
    entries = [ban("u1", NOW + 5), Exclusion(What.TOKEN, "u1", "service:shop", NOW, NOW + 9)]
    for entry in entries:
        await table.put(entry)
    assert sorted(await table.changed_since(0, 10)) == sorted(entries)


async def test_a_shorter_time_does_not_shorten_a_longer_one_and_lifting_does(table: Exclusions) -> None:
    await table.put(ban("u1", NOW + 500))
    await table.put(ban("u1", NOW + 100, NOW + 1))
    assert [entry.until_ms for entry in await table.changed_since(0, 10)] == [NOW + 500]
    await table.put(ban("u1", 0, NOW + 2))
    assert await table.changed_since(NOW + 2, 10) == [ban("u1", 0, NOW + 2)]
    await table.put(ban("u1", NOW + 100, NOW + 3))
    assert [entry.until_ms for entry in await table.changed_since(0, 10)] == [NOW + 100]


async def test_only_what_has_changed_is_read_and_what_ends_last_comes_first(table: Exclusions) -> None:
    for number in range(5):
        await table.put(ban(f"u{number}", NOW + 100 + number, NOW + number))
    assert [entry.subject for entry in await table.changed_since(NOW + 3, 10)] == ["u4", "u3"]
    assert [entry.subject for entry in await table.changed_since(0, 2)] == ["u4", "u3"]


async def test_every_change_is_told_through_the_outbox(table: Exclusions, desk: Desk) -> None:
    """In the same transaction, so that it is told also when the process dies right after it."""
    await table.put(ban("u1", NOW + 5))
    assert [lane.lane for lane in await desk.outbox.find_left([LANE], NOW + 10**9, 10)] == [LANE]


async def test_what_ended_long_ago_is_forgotten_a_slice_at_a_time(table: Exclusions) -> None:
    for number in range(6):
        await table.put(ban(f"u{number}", NOW + number))
    await table.put(ban("lifted", 0))
    await table.put(ban("lifted just now", 0, NOW + 50))
    assert await table.forget(NOW + 4, 3) == 3
    assert await table.forget(NOW + 4, 3) == 2
    assert await table.forget(NOW + 4, 3) == 0
    left = {entry.subject for entry in await table.changed_since(0, 10)}
    assert left == {"u4", "u5", "lifted just now"}
