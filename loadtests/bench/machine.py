"""The machine a benchmark runs on: its cores, its limits, and its names for the report."""

from __future__ import annotations

import os
import platform
import resource
import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from loadtests.bench.errors import UnsupportedMachine

_LIBRARIES: Final = ("liveroom", "fastapi", "starlette", "uvicorn", "websockets", "uvloop", "orjson", "pydantic")
_SPARE_FILES: Final = 200


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core runs the server and which the generator."""

    server: int
    generator: int

    @property
    def shared(self) -> bool:
        """Whether both have to share one core."""
        return self.server == self.generator


def pick_cores() -> Cores:
    """The first two cores this process may use. Raises UnsupportedMachine where there is no Linux."""
    if not hasattr(os, "sched_setaffinity") or not hasattr(select, "epoll"):
        raise UnsupportedMachine("the load generator needs Linux (epoll and CPU affinity)")
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[1] if len(usable) > 1 else usable[0])


def find_other_cores(core: int) -> frozenset[int]:
    """All that this process may use but this one; where there is no other, that one itself."""
    return frozenset(os.sched_getaffinity(0)) - {core} or frozenset({core})


@contextmanager
def pinned(*cores: int) -> Iterator[None]:
    """Run on these cores alone; processes started meanwhile inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_files(needed: int) -> None:
    """Raise the limit of open files as far as allowed; servers inherit it. Raises UnsupportedMachine."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    total = needed + _SPARE_FILES
    if hard != resource.RLIM_INFINITY and hard < total:
        raise UnsupportedMachine(f"this needs {total} open files, the hard limit is {hard}; raise `ulimit -Hn`")
    wanted = hard if hard != resource.RLIM_INFINITY else max(65_536, total)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def read_versions() -> dict[str, str]:
    """Versions of Python and the libraries in play."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def describe_machine() -> dict[str, str | int | float]:
    """Processor, cores, memory and kernel: what a reader needs to judge a number."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": _read_processor(),
        "cores": os.cpu_count() or 1,
        "memory_bytes": pages,
        "kernel": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _read_processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "unknown")
