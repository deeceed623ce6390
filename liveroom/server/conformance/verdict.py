"""What the judge says. One exception, `Broken`, for every way in which a client can break a rule."""

from __future__ import annotations

from dataclasses import dataclass


class Broken(Exception):
    """The client broke a rule; the message says what it did and what it should have done."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one scenario; `fault` is empty when it passed."""

    name: str
    rule: str
    took_s: float
    fault: str = ""
    trace: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the client kept the rule."""
        return not self.fault
