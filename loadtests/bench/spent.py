"""The measured part of a run: when it really began and ended, and the CPU that both sides used in it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from loadtests.bench.account import Window
from loadtests.bench.servers import ServerProcess


class Spent(NamedTuple):
    """What a part of a run took. `server_cpu_s`, `generator_cpu_s`: seconds of CPU."""

    marks: Window
    server_cpu_s: float
    generator_cpu_s: float

    @property
    def server_cpu(self) -> float:
        """Share of a core."""
        return self.server_cpu_s / self.marks.seconds

    @property
    def generator_cpu(self) -> float:
        """Share of a core."""
        return self.generator_cpu_s / self.marks.seconds


def observe(server: ServerProcess, work: Callable[[], None]) -> Spent:
    """Do the work that is to be measured."""
    began_ns, server_s, own_s = time.monotonic_ns(), server.read_cpu_s(), time.process_time()
    work()
    marks = Window(began_ns, time.monotonic_ns())
    return Spent(marks, server.read_cpu_s() - server_s, time.process_time() - own_s)


@contextmanager
def without_collections() -> Iterator[None]:
    """Collect garbage before and not meanwhile: a pause of the generator would count as one of the server."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
