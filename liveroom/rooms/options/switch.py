"""Interactions that a scene has switched off."""

from __future__ import annotations

from typing import Protocol

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal


class Switched(Protocol):
    """Options of an interaction."""

    @property
    def on(self) -> bool:
        """Whether the scene has it."""


def require_on(options: Switched, scene: str, interaction: str) -> None:
    """Check that a scene has an interaction.

    Args:
        interaction: as in a sentence: polls.

    Raises:
        Refusal: `wrong_state`, `state` is `off`.
    """
    if not options.on:
        text = f"the scene {scene} has no {interaction}; its file can switch them on"
        raise Refusal(ErrorCode.WRONG_STATE, text, state="off", scene=scene)
