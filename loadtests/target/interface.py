"""The HTTP interface of the deployment, as far as a load test needs it: rooms of its own, and the metrics.

Every call has a timeout; what goes wrong is one error with the method, the path and the answer.
"""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from loadtests.target.errors import TargetRefused

TIMEOUT_S: Final = 10.0


class Interface:
    """Calls to one deployment."""

    def __init__(self, host: str, api_key: str | None, metrics_token: str | None = None) -> None:
        """Call `http://…` or `https://…`; without a key no rooms can be made."""
        self._parts = urlsplit(host)
        self._api_key = api_key
        self._metrics_token = metrics_token

    @property
    def can_make_rooms(self) -> bool:
        """Whether there is a key."""
        return self._api_key is not None

    def make_room(self, room: str, host_id: str) -> None:
        """Make a room in which nothing is sampled out, and go live in it. Raises TargetRefused."""
        wanted = {
            "id": room,
            "title": "Load test",
            "host": {"id": host_id, "name": "Host"},
            "settings": {"comments_per_s": 0, "commands_per_s": 100_000},
        }
        self.demand("POST", "/api/v1/rooms", wanted)
        self.demand("POST", f"/api/v1/rooms/{room}/go_live", {})

    def end_room(self, room: str) -> None:
        """End the show in it. Raises TargetRefused."""
        self.demand("POST", f"/api/v1/rooms/{room}/end", {})

    def read_metrics(self) -> str:
        """The text of `/metrics`. Raises TargetRefused."""
        headers = {} if self._metrics_token is None else {"Authorization": f"Bearer {self._metrics_token}"}
        status, text = self._ask("GET", "/metrics", None, headers)
        if status != 200:
            raise TargetRefused(
                f"GET /metrics was answered with {status}; set LIVEROOM_METRICS_TOKEN if it has one", status
            )
        return text

    def read(self, path: str) -> dict[str, Any]:
        """A document that everybody may read. Raises TargetRefused."""
        status, answer = self._ask("GET", path, None, {})
        if status != 200:
            raise TargetRefused(f"GET {path} was answered with {status}: {answer[:300]}", status)
        document: dict[str, Any] = json.loads(answer)
        return document

    def demand(self, method: str, path: str, body: dict[str, Any]) -> None:
        """Have something done, with the key. Raises TargetRefused."""
        headers = {"Authorization": f"Bearer {self._api_key}", "Content-Type": "application/json"}
        if method == "POST":
            # Every call of a run is another one, and none is sent twice.
            headers["Idempotency-Key"] = secrets.token_hex(12)
        status, answer = self._ask(method, path, json.dumps(body), headers)
        if status >= 300:
            raise TargetRefused(f"{method} {path} was answered with {status}: {answer[:300]}", status)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> tuple[int, str]:
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, self._parts.path.rstrip("/") + path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise TargetRefused(f"{method} {path} was not answered: {error}") from error
        finally:
            connection.close()


def read_interface(host: str, environment: Mapping[str, str]) -> Interface:
    """With the key and the token of the environment."""
    return Interface(
        host, environment.get("LOADTEST_API_KEY") or None, environment.get("LIVEROOM_METRICS_TOKEN") or None
    )
