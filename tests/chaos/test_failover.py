"""The primary dies under three sentinels while two nodes hand out coupons: a short refusal, not one too many (R9)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.conftest import Nodes
from tests.chaos.history import Heard, check
from tests.chaos.scale import SCALE, report
from tests.chaos.viewer import Viewer, all_in, all_together
from tests.support.server import Server
from tests.support.valkey import Guarded, running_sentinels

PATIENCE_S = 60.0
CAMPAIGN = "failover"


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    """A primary, its replica and three sentinels."""
    with running_sentinels() as guarded:
        yield guarded


@pytest.fixture
def watched(guarded: Guarded, tmp_path: Path) -> Iterator[Nodes]:
    """Two nodes that ask the sentinels."""
    with ExitStack() as stack:
        nodes = Nodes(tmp_path, guarded.url, stack)
        nodes.renew()
        yield nodes


def begin_campaign(server: Server, room: str, stock: int) -> None:
    """Coupons for half of those who want one."""
    drop = {"ends_at": int(time.time() * 1000) + 86_400_000, "stock": stock}
    wanted: dict[str, Any] = {"id": CAMPAIGN, "name": CAMPAIGN, "currency": "CNY", "drops": [drop]}
    value = {"kind": "fixed", "amount": 500}
    path = f"/rooms/{room}/campaigns"
    server.call("POST", path, **wanted, value=value, valid_s=86_400, per_user=1, per_drop=1)
    server.call("POST", f"{path}/{CAMPAIGN}/activate")


def epochs(viewer: Viewer) -> set[str]:
    """Those in which a viewer heard something."""
    return {entry.epoch for entry in viewer.history if isinstance(entry, Heard)}


async def until_heard_after(viewers: list[Viewer], within_s: float) -> None:
    """Wait until everybody heard something said after the failover; answers to claims come sooner."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + within_s
    while any(len(epochs(viewer)) < 2 for viewer in viewers):
        assert loop.time() < until_s, "some heard nothing after the failover"
        await asyncio.sleep(0.02)


async def test_a_failover_is_a_short_refusal_and_sells_nothing_twice(watched: Nodes, guarded: Guarded) -> None:
    stock = SCALE.claimers // 2
    await asyncio.to_thread(begin_campaign, watched.open_for[0], watched.room, stock)
    speakers, claimers = watched.viewers(2, "s", "moderator"), watched.viewers(SCALE.claimers)
    for number, viewer in enumerate([*speakers, *claimers]):
        viewer.come(number / (3 * SCALE.handshakes_per_s))
    await all_in([*speakers, *claimers], PATIENCE_S)

    async def talk() -> None:
        for number in range(10**6):
            for name, speaker in enumerate(speakers):
                speaker.comment(f"{name}.{number}")
            await asyncio.sleep(0.1)

    talking = asyncio.ensure_future(talk())
    for number, viewer in enumerate(claimers):
        if number == SCALE.claimers // 4:
            await asyncio.to_thread(guarded.kill_primary)
        viewer.send("coupon.claim", f"claim-{number}", {"campaign": CAMPAIGN})
        await asyncio.sleep(0.01)
    await all_together(claimers, PATIENCE_S)
    await until_heard_after(claimers, PATIENCE_S)
    talking.cancel()
    await all_together([*speakers, *claimers], PATIENCE_S)
    granted = sum(ack.get("outcome") == "granted" for viewer in claimers for ack in viewer.acks.values())
    refused_s = [at_s for each in speakers for at_s, code in each.refusals if code == "unavailable"]
    took_s = max(refused_s) - min(refused_s) if refused_s else 0.0
    findings = check([each.history for each in [*speakers, *claimers]], ())
    report(f"failover: refused for {took_s:.1f} s, {granted} of {stock} granted, {findings}")
    for viewer in [*speakers, *claimers]:
        viewer.leave()
    assert granted == stock
    assert took_s <= SCALE.refused_s
    assert (findings.silent_gaps, findings.doubled, findings.reordered, findings.disagreements) == (0, 0, 0, 0)
    assert {len(epochs(viewer)) for viewer in claimers} == {2}, "the room goes on in another epoch, and all were told"
