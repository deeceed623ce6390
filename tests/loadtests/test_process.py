"""CPU and memory are read for the process and what it started, and a process that ends is told with its log."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from loadtests.bench.errors import ServerFailed
from loadtests.bench.machine import pick_cores
from loadtests.bench.process import find_family, read_cpu_s, read_private_bytes
from loadtests.bench.servers import ServerProcess

CORE = pick_cores().server


def test_own_cpu_time_agrees_with_the_clock_of_the_process() -> None:
    before_s, own_s = read_cpu_s([os.getpid()]), time.process_time()
    while time.process_time() - own_s < 0.1:
        sum(range(1000))
    assert 0.05 <= read_cpu_s([os.getpid()]) - before_s <= 0.3


def test_memory_that_is_written_to_is_seen() -> None:
    """Of a process that does nothing else: this one gives memory back meanwhile."""
    code = "print(flush=True); input(); held = bytearray(b'x') * 20_000_000; print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        before = read_private_bytes([child.pid])
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        assert 19_000_000 < read_private_bytes([child.pid]) - before < 25_000_000
        child.communicate(b"\n")


def test_children_belong_to_the_family() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert {os.getpid(), child.pid} <= set(find_family(os.getpid()))
        child.communicate(b"\n")


def test_a_process_that_is_gone_counts_nothing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert read_cpu_s([child.pid]) == 0
    assert read_private_bytes([child.pid]) == 0


def test_a_server_that_ends_early_is_told_with_the_end_of_its_log() -> None:
    command = [sys.executable, "-c", "raise SystemExit('the port is taken')"]
    server = ServerProcess(command, core=CORE, environment={}, ready=lambda: False)
    with pytest.raises(ServerFailed, match=r"ended with code 1.*the port is taken"), server:
        pass


def test_a_server_is_bound_to_its_core_and_stopped_in_the_end(tmp_path: Path) -> None:
    marker = tmp_path / "ready"
    code = f"import pathlib, time; pathlib.Path({str(marker)!r}).touch(); time.sleep(60)"
    with ServerProcess([sys.executable, "-c", code], core=CORE, environment={}, ready=marker.exists) as server:
        (pid,) = find_family(server.pid)
        assert os.sched_getaffinity(pid) == {CORE}
    assert find_cmdline(pid) == ""


def find_cmdline(pid: int) -> str:
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_text() if path.exists() else ""
