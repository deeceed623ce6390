"""What players tell is kept beside how long people stay, without making anybody wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.media import watching
from liveroom.rooms.messages.watching import ReportWatching
from tests.storage.battles.arena import FAR_MS, Arena, opened
from tests.support.clock import FakeClock


@pytest.fixture
async def arena(tmp_path: Path) -> AsyncIterator[Arena]:
    """A node with live rooms."""
    async with opened(f"sqlite:///{tmp_path / 'x.sqlite3'}", tmp_path, FakeClock()) as arena:
        yield arena


async def _enter(arena: Arena, user_id: str) -> None:
    room = await arena.node.rooms.room("a")
    identity = Identity(user_id=user_id, name=user_id, role=Role.VIEWER, expires_at_ms=FAR_MS)
    room.attendance.enter(identity, room.document, None, None, arena.clock.now_ms(), resumed=False)


async def _tell(arena: Arena, user_id: str, height: int, stalled_ms: int = 0) -> None:
    await arena.viewer("a", "watch.report", user_id, height=height, played_ms=10_000, stalled_ms=stalled_ms)


async def _read(arena: Arena) -> dict[str, tuple[int, float]]:
    """Viewers and mean stay in seconds, by cohort."""
    show = (await arena.node.rooms.room("a")).document.show
    assert show is not None
    found = await arena.node.value.watching.watches.read("a", show.id)
    return {f"{each.picture} {each.flow}": (each.viewers, each.stay_ms / each.visits / 1000) for each in found}


async def test_stay_and_cohort_of_each_viewer_are_kept(arena: Arena) -> None:
    await _enter(arena, "ann")
    arena.clock.advance(20_000)
    await _enter(arena, "bob")
    arena.clock.advance(10_000)
    await _tell(arena, "ann", 1_080)
    await _tell(arena, "bob", 480, stalled_ms=1_000)
    await _tell(arena, "stranger", 480)
    await arena.node.value.watching.book.settle()
    assert await _read(arena) == {"hd smooth": (1, 30.0), "sd rough": (1, 10.0)}
    arena.clock.advance(30_000)
    await _tell(arena, "ann", 1_080)
    await arena.node.value.watching.book.settle()
    assert (await _read(arena))["hd smooth"] == (1, 60.0), "the same visit, not another one"


async def test_what_could_not_be_written_is_written_later(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    book, watches = arena.node.value.watching.book, arena.node.value.watching.watches
    await _enter(arena, "ann")

    async def fail(rows: object) -> None:
        raise DatabaseUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(watches, "put", fail)
        await _tell(arena, "ann", 720)
        arena.clock.advance(5_000)
        assert book._task is not None
        await asyncio.wait([book._task])
        assert not await _read(arena)
    arena.clock.advance(5_000)
    await book.settle()
    assert list(await _read(arena)) == ["hd smooth"]


async def test_a_flood_of_viewers_is_bounded(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST", 2)
    for number in range(4):
        await _enter(arena, f"u{number}")
        await _tell(arena, f"u{number}", 720)
    assert len(arena.node.value.watching.book._waiting) == 2


async def test_sums_beyond_reason_are_refused() -> None:
    for facts in ({"height": -1}, {"height": 99_999}, {"played_ms": 10**12}):
        with pytest.raises(ValueError, match="1 validation error"):
            ReportWatching.model_validate({"height": 720, "played_ms": 1, "stalled_ms": 0} | facts)
