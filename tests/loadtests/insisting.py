"""A benchmark is made again when its figures are not those of a machine that ran all the while.

Promise: what is wrong with a server, or with the benchmark, is wrong each time, and so it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from loadtests.bench.errors import BenchError

T = TypeVar("T")
TRIES = 3


def insist(perform: Callable[[], T], holds: Callable[[T], bool]) -> T:
    """The first result that is as it has to be, or the last one."""
    for _ in range(TRIES - 1):
        try:
            result = perform()
        except BenchError:  # a server, or a part of the benchmark, had no time to answer
            continue
        if holds(result):
            return result
    return perform()
