"""The refusal of a command that a state table has nothing for: it names the state, and what is possible there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal


def refuse(
    what: str,
    status: StrEnum,
    command: type,
    table: Iterable[tuple[Any, type]],
    names: Mapping[type, str],
    passing: Collection[type] = (),
) -> Refusal:
    """Say what can be done instead.

    Args:
        what: the thing that has the state.
        table: pairs of state and command that are possible.
        names: how people call the commands.
        passing: commands that nobody gives.
    """
    possible = ", ".join(names[kind] for at, kind in table if at is status and kind not in passing) or "nothing"
    text = f"{names[command]} is not possible while the {what} is {status.value}; possible now: {possible}"
    return Refusal(ErrorCode.WRONG_STATE, text, state=status.value, possible=possible)
