"""The servers liveroom is compared with: what they are called and how they are started.

Node peers are installed from the locked, hashed list beside them on first use. A peer that cannot run here
is absent, with the reason, and never makes a run fail.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from loadtests.bench.contenders import StartPlan
from loadtests.bench.dialects import Dialect, PlainDialect, SocketIoDialect
from loadtests.bench.errors import PeerAbsent
from loadtests.bench.servers import accepts

DIRECTORY: Final = Path(__file__).resolve().parent.parent / "peers"
INSTALL_TIMEOUT_S: Final = 180.0
_PYTHON: Final = {"fastapi": "fastapi_send_text.py", "websockets": "websockets_broadcast.py"}
_NODE: Final = {"node-ws": "node_ws.mjs", "socket.io": "socket_io.mjs"}
PEER_NAMES: Final = (*_PYTHON, *_NODE)
INGEST: Final = "fastapi-ingest"
"""Takes commands and tells nobody: for the ingest benchmark alone."""


class Peer:
    """One of the small servers: no rooms, no tokens, one speaker, everything to everybody."""

    speakers = 1

    def __init__(self, name: str) -> None:
        """The peer of this name, out of `PEER_NAMES`, or `INGEST`."""
        self.name = name
        self.dialect: Dialect = SocketIoDialect() if name == "socket.io" else PlainDialect()

    def start(self, port: int) -> StartPlan:
        """Its command; installs the node packages when they are not there. Raises PeerAbsent."""
        script = "fastapi_ingest.py" if self.name == INGEST else _PYTHON.get(self.name)
        if script is not None:
            return StartPlan((sys.executable, str(DIRECTORY / script), str(port)), directory=DIRECTORY)
        node = find_node()
        return StartPlan((node, _NODE[self.name], str(port)), {"NODE_ENV": "production"}, DIRECTORY)

    def is_ready(self, port: int) -> bool:
        """It listens: it is ready."""
        return accepts(port)

    def prepare(self, port: int) -> None:
        """There is nothing to prepare."""

    def make_viewer_token(self, number: int) -> str:
        """Nobody asks."""
        return ""

    def make_speaker_token(self, number: int) -> str:
        """Nobody asks."""
        return ""


def find_node() -> str:
    """Path of node, with the peers' packages in place. Raises PeerAbsent."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None:
        raise PeerAbsent("node is not installed")
    if not (DIRECTORY / "node_modules" / ".package-lock.json").is_file():
        if npm is None:
            raise PeerAbsent("npm is not installed and the peers' packages are not there")
        _install(npm)
    return node


def _install(npm: str) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=DIRECTORY, check=True, capture_output=True, timeout=INSTALL_TIMEOUT_S, text=True)
    except subprocess.TimeoutExpired as error:
        raise PeerAbsent(f"npm ci took longer than {INSTALL_TIMEOUT_S:.0f} s") from error
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "stderr", "") or str(error)
        raise PeerAbsent(f"npm ci failed: {output.strip()[-300:]}") from error


def read_peer_versions() -> dict[str, str]:
    """Versions of node and of the packages the node peers use, as far as they are there."""
    found: dict[str, str] = {}
    node = shutil.which("node")
    if node is not None:
        found["node"] = _ask_version(node)
    for name in ("ws", "socket.io"):
        package = DIRECTORY / "node_modules" / name / "package.json"
        if package.is_file():
            found[name] = _read_version(package)
    return found


def _ask_version(node: str) -> str:
    answer = subprocess.run([node, "--version"], check=False, capture_output=True, timeout=10, text=True)
    return answer.stdout.strip().lstrip("v")


def _read_version(package: Path) -> str:
    return str(json.loads(package.read_text(encoding="utf-8")).get("version", "unknown"))
