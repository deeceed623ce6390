"""The load test for Locust: `locust -f loadtests/locustfile.py --host https://live.example.org --load ci`.

`liveroom loadtest` starts it with all that is needed; this is also what Locust's web page, its master and its
workers on other machines load (docs/loadtesting.md).
"""

from __future__ import annotations

import os
import signal
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from loadtests.conduct.conductor import Conductor
from loadtests.conduct.desk import Desk
from loadtests.conduct.options import add_load_options, read_load
from loadtests.target.passes import read_passes
from loadtests.users import (
    Applicant,
    Asker,
    Chatter,
    Claimer,
    Gifter,
    Host,
    Liker,
    Lurker,
    Newcomer,
    Returner,
    Voter,
)
from loadtests.users.base import RoomUser

__all__ = [
    "Applicant",
    "Asker",
    "Chatter",
    "Claimer",
    "Conductor",
    "Gifter",
    "Host",
    "Liker",
    "Lurker",
    "Newcomer",
    "Returner",
    "Voter",
]


def add_options(parser: LocustArgumentParser) -> None:
    """What can be said beside Locust's own options."""
    add_load_options(parser)


def heed_signals(environment: Environment, runner: Runner | None, **_: Any) -> None:
    """Without its page Locust heeds SIGTERM only when the run is over; until then it would just be gone."""
    options = environment.parsed_options
    if options is not None and options.headless and runner is not None and not isinstance(runner, WorkerRunner):
        gevent.signal_handler(signal.SIGTERM, runner.quit)


def open_desk(environment: Environment, **_: Any) -> None:
    """In every process with users, before the first of them; a worker has the options of its master by now."""
    if not isinstance(environment.runner, MasterRunner):
        before = getattr(RoomUser, "desk", None)
        if before is not None:
            before.close()
        load = read_load(environment)
        RoomUser.desk = Desk(environment, load.profile, load.seed, read_passes(os.environ))


def end_run(environment: Environment, **_: Any) -> None:
    """Somebody has stopped it, or it has come to its end: nothing of it goes on."""
    desk = getattr(RoomUser, "desk", None)
    if desk is not None:
        desk.close()
    conductor = environment.shape_class
    if isinstance(conductor, Conductor) and not isinstance(environment.runner, WorkerRunner):
        conductor.abandon()


def set_exit_code(environment: Environment, **_: Any) -> None:
    """The verdict is the exit code; a run that was ended before its verdict is not valid."""
    conductor = environment.shape_class
    if isinstance(conductor, Conductor) and not isinstance(environment.runner, WorkerRunner):
        conductor.abandon()
        environment.process_exit_code = conductor.exit_code


events.init_command_line_parser.add_listener(add_options)
events.init.add_listener(heed_signals)
events.test_start.add_listener(open_desk)
events.test_stop.add_listener(end_run)
events.quitting.add_listener(set_exit_code)
