"""CPU and memory of a process and its children, from the kernel's own accounts (proc(5))."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_UTIME: Final = 11
"""Place of user time in /proc/PID/stat, counted behind the name in brackets; system time follows."""
_PRIVATE: Final = ("Private_Clean:", "Private_Dirty:", "Private_Hugetlb:")


def find_family(pid: int) -> list[int]:
    """The process and everything it started, directly or not, that still runs."""
    family = [pid]
    for member in family:
        for task in Path(f"/proc/{member}/task").glob("*/children"):
            family.extend(int(child) for child in _read(task).split())
    return family


def read_cpu_s(pids: list[int]) -> float:
    """CPU seconds, user and system, these processes have used since they began; those that are gone count 0."""
    ticks = 0
    for pid in pids:
        fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        if fields:
            ticks += int(fields[_UTIME]) + int(fields[_UTIME + 1])
    return ticks / _TICKS_PER_S


def read_private_bytes(pids: list[int]) -> int:
    """Memory that belongs to these processes alone (USS); the kernel's socket buffers are not in it."""
    kilobytes = 0
    for pid in pids:
        for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
            if line.startswith(_PRIVATE):
                kilobytes += int(line.split()[1])
    return kilobytes * 1024


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        # The process has ended in between.
        return ""
