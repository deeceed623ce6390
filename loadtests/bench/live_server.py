"""liveroom itself as a server under test, started the way an operator starts it: by command and environment.

Limits that protect against strangers are raised to what the load needs; nothing else differs from the
defaults. The room is made through the HTTP interface with an API key made up for this run.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from loadtests.bench.contenders import StartPlan
from loadtests.bench.dialects import Dialect, LiveDialect
from loadtests.bench.errors import ServerFailed
from loadtests.bench.tokens import TokenMaker

ROOM: Final = "bench"
HTTP_TIMEOUT_S: Final = 10.0
_REPOSITORY: Final = Path(__file__).resolve().parents[2]


class LiveServer:
    """One node with everything in the process and a database of its own that is thrown away."""

    name = "liveroom"

    def __init__(
        self,
        connections: int,
        speakers: int = 10,
        rooms: tuple[str, ...] = (ROOM,),
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Say what will be asked of it.

        Args:
            connections: how many will be open at the same time.
            speakers: how many hosts talk.
            rooms: rooms to make; the first one is the one of the dialect.
            environment: settings beyond those that every run has.
        """
        self.speakers = speakers
        self.dialect: Dialect = LiveDialect(rooms[0])
        self.tokens = TokenMaker()
        self._rooms = rooms
        self._connections = connections
        self._environment = dict(environment or {})
        self.api_key = f"lrk_{secrets.token_urlsafe(32)}"

    def start(self, port: int) -> StartPlan:
        """`liveroom serve` with its settings."""
        digest = hashlib.sha256(self.api_key.encode()).hexdigest()
        environment = {
            # Inside the working directory, which the process that starts it makes and throws away.
            "LIVEROOM_DATA_DIR": "liveroom-data",
            "LIVEROOM_DATABASE_URL": "",
            "LIVEROOM_HOST": "127.0.0.1",
            "LIVEROOM_PORT": str(port),
            "LIVEROOM_SECRET": self.tokens.secret,
            "LIVEROOM_API_KEYS": f"bench:{digest}",
            "LIVEROOM_HANDSHAKES_PER_S": "100000",
            "LIVEROOM_MAX_CONNECTIONS": str(self._connections + 1000),
            "LIVEROOM_COMMANDS_PER_S": "1000000",
            "LIVEROOM_COMMANDS_BURST": "1000000",
            "LIVEROOM_GIFT_BILLING": "open",
            "LIVEROOM_LOG_LEVEL": "warning",
            "LIVEROOM_DRAIN_S": "0",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(_REPOSITORY), os.environ.get("PYTHONPATH")))),
        }
        command = (sys.executable, "-m", "liveroom.server", "serve")
        return StartPlan(command, environment | self._environment)

    def is_ready(self, port: int) -> bool:
        """What `/readyz` says."""
        try:
            status, _ = self._ask(port, "GET", "/readyz", None)
        except OSError:
            return False
        return status == 200

    def prepare(self, port: int) -> None:
        """Make every room and go live in it. Raises ServerFailed."""
        for room in self._rooms:
            wanted = {
                "id": room,
                "title": "Benchmark",
                "host": {"id": self.tokens.name_user(f"host-{room}"), "name": "Host"},
                "settings": {"comments_per_s": 0},
            }
            self.demand(port, "/api/v1/rooms", wanted)
            self.demand(port, f"/api/v1/rooms/{room}/go_live", {})

    def make_viewer_token(self, number: int) -> str:
        """A viewer of their own for every number."""
        return self.tokens.make(f"viewer-{number}", "viewer")

    def make_speaker_token(self, number: int) -> str:
        """A moderator: staff are never sampled out."""
        return self.tokens.make(f"speaker-{number}", "moderator", self._rooms)

    def demand(self, port: int, path: str, body: dict[str, Any]) -> None:
        """POST something as the app's own server does. Raises ServerFailed when it is refused."""
        status, answer = self._ask(port, "POST", path, body)
        if status >= 300:
            raise ServerFailed(f"POST {path} was answered with {status}: {answer[:300]}")

    def _ask(self, port: int, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HTTP_TIMEOUT_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except http.client.HTTPException as error:
            raise ServerFailed(f"{method} {path} was not answered in HTTP: {error}") from error
        finally:
            connection.close()
