"""liveroom and its peers under the same load in the same call."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any

from loadtests.bench.contenders import Contender
from loadtests.bench.errors import BenchError, PeerAbsent
from loadtests.bench.fanout import Load, measure
from loadtests.bench.live_server import LiveServer
from loadtests.bench.machine import Cores, allow_files, describe_machine, pick_cores, pinned, read_versions
from loadtests.bench.peers import Peer, read_peer_versions
from loadtests.bench.progress import Progress
from loadtests.bench.report import assemble, describe


def run_fanout(
    load: Load, speakers: int, peers: Sequence[str], progress: Progress, own: Contender | None = None
) -> dict[str, Any]:
    """Measure liveroom, then each peer.

    Args:
        load: the same for all.
        speakers: how many sockets talk to liveroom (a peer is talked to by one, see `contenders.py`).
        peers: names out of `PEER_NAMES`.
        progress: told what is going on.
        own: the server at the top of the report; liveroom when not given.

    Raises:
        BenchError: liveroom could not be measured. What goes wrong with a peer is told in its place.
    """
    cores = pick_cores()
    machine = describe_machine()
    allow_files(load.viewers + 600)
    with pinned(cores.generator):
        progress.tell(describe_cores(cores))
        contender = own or LiveServer(load.viewers + speakers, speakers)
        mine = describe(measure(contender, load, cores, progress))
        others = {name: _measure_peer(name, load, cores, progress) for name in peers}
    return assemble(mine, others, describe_run(load.seed, cores, machine))


def _measure_peer(name: str, load: Load, cores: Cores, progress: Progress) -> dict[str, Any]:
    try:
        return describe(measure(Peer(name), load, cores, progress))
    except PeerAbsent as error:
        progress.tell(f"{name}: absent, {error}")
        return {"absent": str(error)}
    except BenchError as error:
        progress.tell(f"{name}: failed, {error}")
        return {"absent": f"failed: {error}"}


def describe_cores(cores: Cores) -> str:
    """One line about who runs where."""
    if cores.shared:
        return f"one core only: server and generator share core {cores.server}, so latencies and rates are too bad"
    return f"server on core {cores.server}, generator on core {cores.generator}"


def describe_run(seed: int, cores: Cores, machine: dict[str, Any]) -> dict[str, Any]:
    """What is needed to judge a report and to repeat it."""
    return {
        "seed": seed,
        "cores": {"server": cores.server, "generator": cores.generator, "shared": cores.shared},
        "machine": machine,
        "versions": {**read_versions(), **read_peer_versions()},
        "command": shlex.join(["liveroom", *sys.argv[1:]]),
    }
