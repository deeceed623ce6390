"""The load test in a process that does not get the time it needs: something else holds its core again and again."""

from __future__ import annotations

import time
from typing import Any

import gevent
from locust import events

from loadtests.locustfile import *  # noqa: F403 - Locust looks for its classes here

HOG_S = 0.25


def starve() -> None:
    """Compute without giving way, most of the time."""
    while True:
        end = time.monotonic() + HOG_S
        while time.monotonic() < end:
            pass
        gevent.sleep(HOG_S / 3)


def begin_to_starve(**_: Any) -> None:
    gevent.spawn(starve)


events.test_start.add_listener(begin_to_starve)
