"""A server that can be put under load: how it is started, when it is ready, who may enter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from loadtests.bench.dialects import Dialect


class Contender(Protocol):
    """One server and its protocol."""

    name: str
    dialect: Dialect
    speakers: int
    """How many sockets talk. One where the order is only defined for each speaker."""

    def start(self, port: int) -> StartPlan:
        """How to start it on this port. Raises PeerAbsent where it cannot run."""

    def is_ready(self, port: int) -> bool:
        """Whether it takes connections."""

    def prepare(self, port: int) -> None:
        """Make the room, once it is ready. Raises ServerFailed."""

    def make_viewer_token(self, number: int) -> str:
        """What viewer `number` says who it is."""

    def make_speaker_token(self, number: int) -> str:
        """What speaker `number` says who it is."""


@dataclass(frozen=True, slots=True)
class StartPlan:
    """A command line and what surrounds it."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
