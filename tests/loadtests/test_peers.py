"""Peers carry the load the way they promise, and one that cannot run here is absent, not a failure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loadtests.bench.compare import run_fanout
from loadtests.bench.errors import PeerAbsent
from loadtests.bench.peers import DIRECTORY, PEER_NAMES, Peer
from loadtests.bench.progress import Progress
from tests.loadtests.insisting import insist
from tests.loadtests.planted import LOAD, PlantedPeer


def test_python_peers_lose_nothing_under_a_light_load() -> None:
    report = insist(
        lambda: run_fanout(LOAD, 1, ("fastapi",), Progress(quiet=True), own=PlantedPeer("none")),
        lambda report: bool(report["peers"]["fastapi"]["correct"]),
    )
    peer = report["peers"]["fastapi"]
    assert peer["correct"], peer
    assert peer["delivered"] == peer["expected"] > 0


def test_without_node_its_peers_are_absent_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("node-ws", "socket.io"):
        with pytest.raises(PeerAbsent, match="node is not installed"):
            Peer(name).start(1)


def test_every_name_has_a_server_beside_the_generator() -> None:
    scripts = {path.name for path in DIRECTORY.iterdir()}
    assert {"fastapi_send_text.py", "websockets_broadcast.py", "node_ws.mjs", "socket_io.mjs"} <= scripts
    assert PEER_NAMES == ("fastapi", "websockets", "node-ws", "socket.io")


def test_the_lock_pins_every_package_by_hash_and_names_no_registry() -> None:
    text = (DIRECTORY / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert "resolved" not in text
    assert "registry" not in text
