"""Who may read the metrics: this machine, or whoever has the token; they tell of load and of rooms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.http_app import AWAY, HERE, running_app

TOKEN = "metrics-token-of-this-test"

CASES: list[tuple[dict[str, Any], str, dict[str, str], int]] = [
    ({}, HERE, {}, 200),
    ({}, "::1", {}, 200),
    ({}, AWAY, {}, 403),
    ({}, "10.0.0.5", {}, 403),
    ({}, HERE, {"X-Forwarded-For": AWAY}, 403),
    ({}, HERE, {"Forwarded": f"for={AWAY}"}, 403),
    ({}, HERE, {"X-Real-IP": HERE}, 403),
    ({}, HERE, {"Via": "1.1 proxy"}, 403),
    ({"metrics_open": True}, AWAY, {}, 200),
    ({"metrics_token": TOKEN}, AWAY, {"Authorization": f"Bearer {TOKEN}"}, 200),
    ({"metrics_token": TOKEN}, AWAY, {}, 401),
    ({"metrics_token": TOKEN}, HERE, {}, 401),
    ({"metrics_token": TOKEN}, HERE, {"Authorization": f"Bearer {TOKEN}x"}, 401),
    ({"metrics_token": TOKEN, "metrics_open": True}, AWAY, {}, 401),
]


@pytest.mark.parametrize(("settings", "address", "headers", "status"), CASES)
async def test_metrics_are_for_this_machine_or_for_the_token(
    tmp_path: Path, settings: dict[str, Any], address: str, headers: dict[str, str], status: int
) -> None:
    """A proxy on this machine speaks for others; a token that is set is always wanted."""
    async with running_app(tmp_path, **settings) as app:
        answer = await app.call("GET", "/metrics", address=address, headers=headers)
    assert answer.status_code == status
    assert ("liveroom_connections_inflight" in answer.text) == (status == 200)
    if status == 403:
        assert "LIVEROOM_METRICS_TOKEN" in answer.json()["error"]["message"]
