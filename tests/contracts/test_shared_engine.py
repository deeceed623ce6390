"""An engine that is shared over a socket keeps the contract, for each of the processes that share it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.errors import MediaUnavailable
from liveroom.realtime.media.events import Closed, Connected, Ended, Forgotten, SlotsChanged
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.fleet import SfuSettings
from liveroom.realtime.media.shared.engine import SharedEngine
from liveroom.realtime.media.shared.host import EngineHost
from tests.contracts.media import ROOMS, Enter, MediaContract, Person, Told
from tests.support.media_robot import PATIENCE_S, only_loopback

__all__ = ["only_loopback"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def socket(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """Where a process with an engine would listen."""
    path = tmp_path_factory.mktemp("media") / "media"
    host = EngineHost(SfuEngine(SfuSettings(), LoopClock()))
    await host.start(path)
    yield path
    await host.stop()


async def _connect(path: Path) -> SharedEngine:
    """One of the processes; connected."""
    engine = SharedEngine(path)
    await engine.start()
    await _wait_until_connected(engine)
    return engine


async def _wait_until_connected(engine: SharedEngine) -> None:
    """Until something is answered."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await engine.resume("nowhere", ())
            except MediaUnavailable:
                await asyncio.sleep(0.01)  # as callers do


class TestSharedEngine(MediaContract):
    """See the module."""

    @pytest_asyncio.fixture(loop_scope="module")
    async def engine(self, socket: Path) -> AsyncIterator[MediaEngine]:
        engine = await _connect(socket)
        await engine.prepare("other", "first")  # now the engine runs
        yield engine
        for room in ROOMS:
            await engine.close_room(room)
        await engine.stop()

    async def test_people_of_several_processes_meet_and_all_of_them_are_told(
        self, engine: MediaEngine, told: Told, enter: Enter, person: Person, socket: Path
    ) -> None:
        other = await _connect(socket)
        heard = Told()
        other.listen(heard.hear)
        ada = await enter("ada")
        guest = person("guest")
        guest.engine = other
        await guest.connect()
        await engine.grant("r", "ada", 0)
        await other.grant("r", "guest", 1)
        slot = (await told.until_shown("ada", "guest", None)).slots[0]
        await heard.until_shown("ada", "guest", None)
        await ada.until_gets(str(slot.video), 2)
        async with asyncio.timeout(PATIENCE_S):
            while not (engine.health and engine.health.connections >= 2):  # noqa: ASYNC110 - it is told, not announced
                await asyncio.sleep(0.05)
        assert await engine.owns(guest.ticket, "r", "guest"), "the ticket is good at each of them"
        late = await _connect(socket)
        learned = Told()
        late.listen(learned.hear)
        await late.resume("r", {"ada", "guest"})
        assert {event.user_id for event in learned.of(Connected)} == {"ada", "guest"}
        assert learned.shown_to("ada") == ["guest", None]
        await engine.remove("r", "guest")
        assert (await learned.until(Closed, "guest")).why is Ended.REMOVED
        again = Told()
        late.listen(again.hear)
        await late.resume("r", {"ada"})
        assert {event.user_id for event in again.of(Connected)} == {"ada"}
        assert again.of(SlotsChanged, "ada")
        for each in (other, late):
            await each.stop()


async def test_rights_that_come_before_the_first_ticket_are_kept_for_it(tmp_path: Path) -> None:
    sfu = SfuEngine(SfuSettings(), LoopClock())
    host = EngineHost(sfu)
    await host.start(tmp_path / "media")
    engine = await _connect(tmp_path / "media")
    await engine.grant("r", "host", 0)
    assert sfu.workers[0].pid is None, "no process before somebody wants it"
    assert (await engine.prepare("r", "host")).slots == 8
    assert sfu.workers[0].pid is not None
    assert "host" in {person.user_id for person in sfu._rights.seats}
    await engine.stop()
    await host.stop()


async def _meet(path: Path) -> tuple[EngineHost, SharedEngine, Told]:
    """A host, an engine on a line to it, and what the engine tells; the first is that somebody is connected."""
    host = EngineHost(SfuEngine(SfuSettings(), LoopClock()))
    await host.start(path)
    engine = await _connect(path)
    told = Told()
    engine.listen(told.hear)
    host._hear(Connected("r", "ada", "m_1", 5))
    return host, engine, told


async def test_what_nobody_understands_costs_the_line_and_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    host, engine, told = await _meet(tmp_path / "media")
    (line,) = host._lines
    line.send({"event": "NobodyKnows", "data": {}})
    assert (await told.until(Closed, "ada")).why is Ended.LOST
    assert "nobody understands" in caplog.text
    await _wait_until_connected(engine)
    await engine.stop()
    await host.stop()


async def test_an_engine_that_is_gone_is_told_as_forgotten(tmp_path: Path) -> None:
    host, engine, told = await _meet(tmp_path / "media")
    await told.until(Connected, "ada")
    await host.stop()
    assert (await told.until(Closed, "ada")).why is Ended.LOST
    assert told.of(Forgotten)
    with pytest.raises(MediaUnavailable):
        await engine.grant("r", "ada", 0)
    await engine.stop()
