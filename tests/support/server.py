"""A real server for tests, in a process of its own. Promise: ready when given, and gone, without a fault, afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from liveroom.realtime.clock import LoopClock
from liveroom.realtime.identity import Role
from liveroom.server.auth import TokenIssuer
from liveroom.server.settings.groups import Tokens

READY_S = 20.0
STOP_S = 20.0
PAUSE_S = 0.05
SECRET = "the secret of the servers of these tests"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

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


@contextmanager
def running_server(**settings: str) -> Iterator[Server]:
    """Start `liveroom serve` with these settings on a free port, wait until it is ready, stop it at the end."""
    port = _free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("LIVEROOM_")}
    env |= {"LIVEROOM_HOST": "127.0.0.1", "LIVEROOM_PORT": str(port), "LIVEROOM_SECRET": SECRET} | settings
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-m", "liveroom.server", "serve"], env=env, stdout=log, stderr=log)
        try:
            _wait_until_ready(process, port)
            yield Server(port, process)
        finally:
            _stop(process)
            log.seek(0)
            said = log.read().decode(errors="replace")
        assert "Traceback" not in said, said
        assert process.returncode == 0, said


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        assert process.poll() is None, f"the server ended with {process.returncode} before it was ready"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(PAUSE_S)
    raise AssertionError(f"the server was not ready within {READY_S} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError(f"the server did not stop within {STOP_S} s of SIGTERM") from None
