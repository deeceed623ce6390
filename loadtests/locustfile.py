"""The load test for Locust: `locust -f loadtests/locustfile.py --host https://live.example.org --load ci`.

`liveroom loadtest` starts it with all that is needed; this is also what Locust's web page, its master and its
workers on other machines load (docs/loadtesting.md).
"""

from __future__ import annotations

import os
from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

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


def open_desk(environment: Environment, **_: Any) -> None:
    """In every process with users, before the first of them; a worker has the options of its master by now."""
    if not isinstance(environment.runner, MasterRunner):
        before = getattr(RoomUser, "desk", None)
        if before is not None:
            before.close()
        load = read_load(environment)
        RoomUser.desk = Desk(environment, load.profile, load.seed, read_passes(os.environ))


def set_exit_code(environment: Environment, **_: Any) -> None:
    """The verdict is the exit code; a run that was ended before its verdict is not valid."""
    conductor = environment.shape_class
    if isinstance(conductor, Conductor) and not isinstance(environment.runner, WorkerRunner):
        environment.process_exit_code = conductor.exit_code


events.init_command_line_parser.add_listener(add_options)
events.test_start.add_listener(open_desk)
events.quitting.add_listener(set_exit_code)
