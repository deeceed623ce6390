"""The knee: the highest load that held, found by climbing until the gate goes red.

Every step is a whole run with its own verdict. A step that is not valid ends the climb too, and says why it was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from loadtests.gate.judge import HELD, INVALID, WRONG
from loadtests.plan.changes import Changes
from loadtests.plan.profiles import Climb, Profile


class Came(NamedTuple):
    """What one run came to; p99 of comments in ms, at each receiver and at the slowest."""

    exit_code: int
    says: str = ""
    """The verdict in words."""
    comment_p99_ms: float | None = None
    last_p99_ms: float | None = None


RunStep = Callable[[Changes, str], Came]
"""Makes one run with these changes and this name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a climb."""

    name: str
    viewers: int
    messages_per_s: float
    exit_code: int
    says: str = ""
    comment_p99_ms: float | None = None
    last_p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Ascent:
    """One climb."""

    by: Literal["lurkers", "rates"]
    steps: tuple[Step, ...]

    @property
    def highest(self) -> Step | None:
        """The highest step that held; None when not even the first one did."""
        held = [step for step in self.steps if step.exit_code == HELD]
        return held[-1] if held else None

    @property
    def exit_code(self) -> int:
        """2 when a step was wrong: more load excuses no loss. 0 when one held; else why the first one did not."""
        if any(step.exit_code == WRONG for step in self.steps):
            return WRONG
        return HELD if self.highest is not None else self.steps[0].exit_code

    @property
    def says(self) -> str:
        """For people."""
        what = "viewers" if self.by == "lurkers" else "messages/s"
        highest, last = self.highest, self.steps[-1]
        why = f"the run was {last.says}" if last.exit_code == INVALID else "the server did not hold it"
        if last.exit_code == WRONG:
            why = f"{why}: {last.says}"
        if highest is None:
            return f"by {what}: not even the first step held, {why}"
        at = f"{highest.viewers} viewers with {highest.messages_per_s:g} messages/s held"
        if last.exit_code == HELD:
            return f"by {what}: {at}; the knee lies above, the climb ended there"
        return f"by {what}: {at}; at the next step {why}"


def climb(profile: Profile, plan: Climb, run_step: RunStep) -> Ascent:
    """Climb until a step does not hold, or the plan ends."""
    steps: list[Step] = []
    for number in range(plan.most):
        factor = plan.factor**number
        changes = Changes(lurkers=factor) if plan.by == "lurkers" else Changes(rates=factor)
        changed = changes.apply(profile)
        name = f"{plan.by}-{number + 1}"
        came = run_step(changes, name)
        if came.exit_code == INVALID:
            # A busy moment of the machine is no knee; twice in a row it is the generator.
            name = f"{name}-again"
            came = run_step(changes, name)
        viewers = changed.lurkers + sum(act.users for act in changed.acts.values())
        messages = sum(act.per_s for name_, act in changed.acts.items() if name_ in ("comment", "question"))
        steps.append(Step(name, viewers, round(messages, 1), *came))
        if came.exit_code != HELD:
            break
    return Ascent(plan.by, tuple(steps))
