"""The planted server as a contender, and short runs against it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from loadtests.bench.compare import run_fanout
from loadtests.bench.contenders import StartPlan
from loadtests.bench.fanout import Load
from loadtests.bench.peers import Peer
from loadtests.bench.progress import Progress

LOAD = Load(viewers=10, rate_per_s=200, seconds=1, warmup_s=0.3, joins_per_s=500, seed=1)


class PlantedPeer(Peer):
    """A peer with a fault."""

    def __init__(self, fault: str) -> None:
        super().__init__("websockets")
        self._fault = fault

    def start(self, port: int) -> StartPlan:
        """Run the planted server."""
        return StartPlan((sys.executable, str(Path(__file__).with_name("planted_server.py")), str(port), self._fault))


def run_planted(fault: str, load: Load = LOAD) -> dict[str, Any]:
    """A whole benchmark run with the planted server in the place of ours."""
    return run_fanout(load, 1, (), Progress(quiet=True), own=PlantedPeer(fault))
