"""People behind networks that let nothing through but their TURN server: a real coturn on this machine.

Not part of `make test`, since not every machine may install coturn: `make turn`.
"""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aioice.ice
import pytest
import pytest_asyncio
from aiortc import RTCIceServer
from playwright.async_api import async_playwright

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.media.events import Connected, SlotsChanged
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.fleet import SfuSettings
from liveroom.server.media_engine import make_ice_servers
from liveroom.server.settings import load_settings
from tests.contracts.media import Told
from tests.media.test_browser import COUNT, FLAGS, GETS
from tests.support.chromium import find_chromium
from tests.support.media_robot import Robot
from tests.support.ports import free_port
from tests.support.server import Server, running_server

SECRET = "the secret that coturn shares with us"
READY_S = 60.0
RELAY_PORTS = (42_000, 42_099)
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Coturn:
    """A running coturn and what it has logged."""

    port: int
    log: Path

    def url(self, transport: str) -> str:
        """Where clients reach it."""
        return f"turn:127.0.0.1:{self.port}?transport={transport}"


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    """coturn with the options of docker-compose.yml, but that it may relay to this machine."""
    program = shutil.which("turnserver")
    assert program, "these tests need coturn: apt-get install coturn"
    directory = tmp_path_factory.mktemp("coturn")
    port = free_port()
    options = [
        "-n", "--log-file=stdout", "--no-cli", "--no-tls", "--no-dtls", "--fingerprint", "--use-auth-secret",
        f"--static-auth-secret={SECRET}", "--realm=live.example.org", f"--listening-port={port}",
        "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers",
        f"--min-port={RELAY_PORTS[0]}", f"--max-port={RELAY_PORTS[1]}", f"--pidfile={directory / 'pid'}",
        f"--userdb={directory / 'db'}", "--verbose",
    ]  # fmt: skip
    log = directory / "log"
    with log.open("wb") as out, subprocess.Popen([program, *options], stdout=out, stderr=out, cwd=directory) as process:
        until = time.monotonic() + READY_S
        while "listener opened" not in log.read_text(errors="replace"):
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until, log.read_text(errors="replace")
            time.sleep(0.05)
        yield Coturn(port, log)
        process.terminate()


@pytest.fixture
def only_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine of a person has no address of its own: only what the TURN server gives."""
    nothing: Callable[..., list[str]] = lambda **_: []  # noqa: E731 - as short as it is
    monkeypatch.setattr(aioice.ice, "get_host_addresses", nothing)


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[SfuEngine]:
    engine = SfuEngine(SfuSettings(), LoopClock())
    await engine.start()
    yield engine
    await engine.stop()


def _credentials(coturn: Coturn, transport: str, *, now_ms: int | None = None, secret: str = SECRET) -> RTCIceServer:
    """What a person gets with a ticket."""
    settings = load_settings(turn_urls=coturn.url(transport), turn_secret=secret, turn_lifetime_s=600)
    (made,) = make_ice_servers(settings)("u1", now_ms if now_ms is not None else int(time.time() * 1000))
    return RTCIceServer(urls=list(made.urls), username=made.username, credential=made.credential)


@pytest.mark.usefixtures("only_relay")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_people_behind_a_relay_hear_and_see_each_other(engine: SfuEngine, coturn: Coturn, transport: str) -> None:
    told = Told()
    engine.listen(told.hear)
    robots = [Robot(engine, "r", name) for name in ("host", "guest")]
    for seat, robot in enumerate(robots):
        robot.ice_servers = [_credentials(coturn, transport)]
        await robot.connect()
        await engine.grant("r", robot.user_id, seat)
    for robot in robots:
        pair = robot.connection.getTransceivers()[0].sender.transport.transport._connection._nominated[1]  # type: ignore[union-attr] # it is connected
        assert pair.local_candidate.type == "relay"
        assert RELAY_PORTS[0] <= pair.local_candidate.port <= RELAY_PORTS[1]
        await told.until(Connected, robot.user_id)
        slots = (await told.until(SlotsChanged, robot.user_id, lambda event: event.slots[0].user_id is not None)).slots
        await asyncio.gather(robot.until_gets(str(slots[0].video), 3), robot.until_gets(str(slots[0].audio), 3))
    for robot in robots:
        await robot.close()


@pytest.mark.usefixtures("only_relay")
@pytest.mark.parametrize("wrong", ["late", "forged"])
async def test_credentials_that_have_ended_or_are_not_ours_get_no_relay(
    engine: SfuEngine, coturn: Coturn, wrong: str
) -> None:
    robot = Robot(engine, "r", "guest")
    if wrong == "late":
        robot.ice_servers = [_credentials(coturn, "udp", now_ms=int(time.time() * 1000) - HOUR_MS)]
    else:
        robot.ice_servers = [_credentials(coturn, "udp", secret="another secret of somebody else")]
    assert "a=candidate" not in await robot.offer()
    await robot.close()


RELAYED = """async ({ token, name, watch }) => {
  const { LiveRoom } = await import("/web/liveroom.js");
  const { RoomMedia } = await import("/web/media.js");
  class Behind extends RTCPeerConnection {
    constructor(config) {
      super({ ...config, iceTransportPolicy: "relay" });
    }
  }
  globalThis.live = new LiveRoom({ token });
  globalThis.hall = live.join(name);
  await new Promise((done) => hall.on("joined", done));
  globalThis.media = new RoomMedia(hall, { watch, PeerConnection: Behind });
  if (!watch) await media.use(await navigator.mediaDevices.getUserMedia({ audio: true, video: true }));
  await media.warm();
}"""
PAIRS = """async () => {
  const all = [...(await media.stats()).values()];
  const pair = all.find((entry) => entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded");
  return all.find((entry) => entry.id === pair.localCandidateId).candidateType;
}"""


@pytest.fixture
def server(coturn: Coturn) -> Iterator[Server]:
    with running_server(LIVEROOM_TURN_URLS=coturn.url("udp"), LIVEROOM_TURN_SECRET=SECRET) as running:
        yield running


async def test_pages_use_the_credentials_of_their_ticket(server: Server) -> None:
    room = server.create_room("relayed")
    async with async_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox", "--allow-loopback-in-peer-connection"]
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        pages: dict[str, Any] = {}
        for name, role in (("host", "host"), ("watcher", "viewer")):
            page = pages[name] = await (await browser.new_context()).new_page()
            await page.goto(f"{server.address}/healthz")
            token = server.token(name, role=role, rooms=[room] if role == "host" else None)
            await page.evaluate(RELAYED, {"token": token, "name": room, "watch": name == "watcher"})
        await pages["watcher"].evaluate(GETS, ["video", 5])
        assert await pages["watcher"].evaluate(COUNT, "audio") > 0
        assert [await page.evaluate(PAIRS) for page in pages.values()] == ["relay", "relay"]
        await browser.close()


def test_names_of_people_are_not_in_the_log_of_the_relay(coturn: Coturn) -> None:
    """The last one of the file: what was done before is in the log by then."""
    text = coturn.log.read_text(errors="replace")
    names = set(re.findall(r"user <([^>]+)>", text))
    assert names
    assert all(re.fullmatch(r"\d+:[0-9a-f]{12}", name) for name in names if name != ""), names
    assert base64.b64encode(SECRET.encode()).decode() not in text
