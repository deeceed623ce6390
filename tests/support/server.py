"""A real server for tests, in a process of its own. Promise: ready when given, and gone without a fault afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import psutil
from pydantic import SecretStr

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.identity import Role
from liveroom.server.auth import TokenIssuer
from liveroom.server.settings.groups import Tokens
from tests.support.databases import lay_tables
from tests.support.forked import NO_CONSTANTS, Forked, start_liveroom
from tests.support.ports import free_port

READY_S = 60.0
STOP_S = 60.0
PAUSE_S = 0.02
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here has TLS, and to read the authorities of the system for each call takes 20 ms."""
SECRET = "the secret of the servers of these tests"
UNHURRIED = {"LIVEROOM_CONNECT_TIMEOUT_S": "20", "LIVEROOM_HEADER_TIMEOUT_S": "60"}
"""A test that has no processor for some seconds is no silent peer; those are looked for in `tests/faults`.

The first ping of a connection comes after the time for `connect`."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: Forked
    log: IO[bytes]
    killed: threading.Event = field(default_factory=threading.Event)
    expected_faults: list[str] = field(default_factory=list)
    """Events that may be in the log as errors."""

    @property
    def address(self) -> str:
        """Where its pages and its HTTP are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_address(self) -> str:
        """Where its WebSocket is."""
        return f"ws://127.0.0.1:{self.port}/ws"

    def token(
        self,
        user_id: str,
        *,
        name: str | None = None,
        role: str = "viewer",
        rooms: list[str] | None = None,
        traits: Mapping[str, Any] | None = None,
        lifetime_s: int = 600,
    ) -> str:
        """A token that it accepts."""
        issuer = TokenIssuer(Tokens(secret=SecretStr(SECRET)), LoopClock())
        return issuer.issue(user_id, name=name, role=Role(role), rooms=rooms, traits=traits, lifetime_s=lifetime_s)

    def call(self, method: str, path: str, **body: Any) -> httpx.Response:
        """An HTTP call as an operator, which has to succeed.

        Made again while the server says that it cannot now: what it asks had no processor to answer in time.
        """
        headers = {"Authorization": f"Bearer {self.token('operator', role='operator')}"}
        until = time.monotonic() + READY_S
        while True:
            answer = httpx.request(
                method, f"{self.address}/api/v1{path}", json=body, headers=headers, timeout=READY_S, verify=PLAIN
            )
            if answer.status_code != 503 or time.monotonic() > until:
                break
            time.sleep(float(answer.headers["retry-after"]))
        assert answer.is_success, answer.text
        return answer

    def create_room(self, room: str, *, live: bool = True, host: str = "host", **settings: Any) -> str:
        """Create a room with these settings and, unless told otherwise, begin its show."""
        self.call("POST", "/rooms", id=room, title=room, host={"id": host, "name": "Host"}, settings=settings)
        if live:
            self.call("POST", f"/rooms/{room}/go_live")
        return room

    def said(self) -> str:
        """What it has logged so far."""
        return os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).decode(errors="replace")

    def rss_bytes(self) -> int:
        """The memory it uses."""
        used: int = psutil.Process(self.process.pid).memory_info().rss
        return used

    def stop(self) -> float:
        """Send SIGTERM and wait; gives the seconds it took."""
        started = time.monotonic()
        _stop(self.process)
        return time.monotonic() - started

    def kill(self) -> None:
        """End it as a crash does; its exit status is none of success then."""
        self.killed.set()
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running_server(*options: str, constants: Mapping[str, float] = NO_CONSTANTS, **settings: str) -> Iterator[Server]:
    """Start `liveroom serve` with these settings on a free port, wait until it is ready, stop it at the end.

    Its data is thrown away, unless the settings name a directory or a database. For `constants` see `forked.py`.
    """
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("LIVEROOM_")}
    env |= {"LIVEROOM_HOST": "127.0.0.1", "LIVEROOM_PORT": str(port), "LIVEROOM_SECRET": SECRET} | UNHURRIED
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory(prefix="liveroom-test-") as directory:
        lay_tables(Path(directory))
        env |= {"LIVEROOM_DATA_DIR": directory} | settings
        process = start_liveroom(["serve", *options], env, log, constants)
        server = Server(port, process, log)
        try:
            _wait_until_ready(process, port)
            yield server
        finally:
            _stop(process)
        said = server.said()
        assert "Traceback" not in said, said
        errors = [line for line in said.splitlines() if '"level":"error"' in line]
        assert not [line for line in errors if not any(f'"{each}"' in line for each in server.expected_faults)], said
        assert process.returncode == (-signal.SIGKILL if server.killed.is_set() else 0), said


def _wait_until_ready(process: Forked, port: int) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended with {process.returncode} before it was ready"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=READY_S, verify=PLAIN).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(PAUSE_S)
    raise AssertionError(f"the server was not ready within {READY_S} s")


def _stop(process: Forked) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"the server did not stop within {STOP_S} s of SIGTERM") from None
