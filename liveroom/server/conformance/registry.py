"""The scenarios by name. Promise: each states the rule it judges in one sentence, for `--list` and for the report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liveroom.server.conformance.stage import Stage

Script = Callable[["Stage"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One rule and the play that tests it."""

    name: str
    rule: str
    play: Script
    deflate: bool = False
    slow: bool = False


SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, rule: str, *, deflate: bool = False, slow: bool = False) -> Callable[[Script], Script]:
    """Declare the decorated coroutine as a scenario.

    With `deflate` the server accepts permessage-deflate; a `slow` one takes over 5 s and is started first.

    Raises:
        ValueError: the name is taken.
    """

    def declare(play: Script) -> Script:
        if name in SCENARIOS:
            raise ValueError(f"scenario {name} is declared twice")
        SCENARIOS[name] = Scenario(name, rule, play, deflate, slow)
        return play

    return declare


def choose(names: Iterable[str]) -> list[Scenario]:
    """The named scenarios, or all of them.

    Raises:
        KeyError: no scenario has that name.
    """
    wanted = list(names)
    return [SCENARIOS[name] for name in wanted] if wanted else list(SCENARIOS.values())
