"""Profiles and limits, read from `slo.toml`: the only place with numbers.

What is not understood is refused by name, so that a misspelt limit cannot pass for a kept one.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loadtests.plan.intensity import Intensity, Swell, make_bursts
from loadtests.plan.kinds import ACTS, KINDS, STORM

SLO_FILE: Final = Path(__file__).resolve().parent.parent / "slo.toml"

LEAST_POLL_S: Final = 6.0

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Ms = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class ProfileRefused(Exception):
    """The file of profiles is not understood, or has no such profile."""

    code = "profile_refused"
    retryable = False


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Table):
    """What the server must hold; absent: not judged. Milliseconds."""

    p50_ms: Ms | None = None
    p99_ms: Ms | None = None
    ack_p99_ms: Ms | None = None
    p999_ms: Ms | None = None
    last_p99_ms: Ms | None = None
    ten_s_p99_ms: Ms | None = None


class Generator(_Table):
    """Above this the generator, not the server, was the limit."""

    cpu_share: Share
    lag_p99_ms: Ms
    lag_max_ms: Ms
    send_lag_p99_ms: Ms
    sent_share: Share
    calibration_p99_ms: Ms
    clock_error_ms: Ms


class Act(_Table):
    """Users who do one thing: `per_s` of it by all of them together."""

    users: Annotated[int, Field(ge=1)]
    per_s: Annotated[float, Field(gt=0)]
    floor: Annotated[int, Field(ge=1, description="fewer in the window: the run says nothing")] = 100


class Bursts(_Table):
    """Times in which everybody acts more often; the mean stays."""

    per_min: Annotated[float, Field(gt=0)]
    for_s: Seconds
    factor: Annotated[float, Field(gt=1)]


class Spike(_Table):
    """One time in the window in which everybody acts more often, on top of the mean."""

    after_s: Seconds
    for_s: Seconds
    factor: Annotated[float, Field(gt=1)]


class Storm(_Table):
    """One moment in the window at which lurkers are cut off; each is back after a random part of `spread_s`."""

    after_s: Seconds
    spread_s: Seconds
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    floor: Annotated[int, Field(ge=1, description="fewer come back: the run says nothing")] = 1


def _check_kinds(kinds: dict[str, Limits]) -> None:
    for name in kinds:
        if name not in KINDS:
            raise ValueError(f"there is no kind {name!r}; known: {', '.join(KINDS)}")


class Climb(_Table):
    """Run again and again with more, until the gate goes red."""

    by: Literal["lurkers", "rates"]
    factor: Annotated[float, Field(gt=1)]
    most: Annotated[int, Field(ge=2, le=20, description="steps")]


class Profile(_Table):
    """One load."""

    says: str
    rooms: Annotated[int, Field(ge=1)]
    lurkers: Annotated[int, Field(ge=0)]
    spawn_per_s: Annotated[float, Field(gt=0)] = 100
    warmup_s: Seconds
    seconds: Seconds
    stay_s: Seconds = 3.0
    away_s: Seconds = 1.0
    calibrate_s: Annotated[float, Field(ge=0)] = 0.0
    settle_s: Seconds = 2.0
    drain_s: Seconds = 5.0
    workers: Annotated[int, Field(ge=1)] = 1
    stock: Annotated[int, Field(ge=1, description="coupons in each room")] = 1_000_000
    battle: Annotated[bool, Field(description="rooms fight in pairs; gifts make the points")] = False
    acts: dict[str, Act]
    bursts: Bursts | None = None
    spike: Spike | None = None
    storm: Storm | None = None
    climb: tuple[Climb, ...] = ()
    limits: Limits = Limits()
    kinds: dict[str, Limits] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        for name in self.acts:
            if name not in ACTS:
                raise ValueError(f"there is no act {name!r}; known: {', '.join(ACTS)}")
        _check_kinds(self.kinds)
        if self.battle and (self.rooms % 2 or "gift" not in self.acts or "like" in self.acts):
            raise ValueError("a battle needs pairs of rooms and gifts, and no likes, whose points have a limit")
        if "vote" in self.acts and self.poll_s < LEAST_POLL_S:
            raise ValueError(f"each voter votes once in {self.poll_s:g} s; a poll lasts {LEAST_POLL_S:g} s at least")
        if self.bursts is not None and self.spike is not None:
            raise ValueError("a profile has bursts or a spike, not both")
        return self

    @property
    def end_s(self) -> float:
        """End of the plan, in seconds since its beginning; the window begins at `warmup_s`."""
        return self.warmup_s + self.seconds

    @property
    def poll_s(self) -> float:
        """From one poll to the next: each voter votes once in each."""
        vote = self.acts.get("vote")
        return math.inf if vote is None else vote.users / vote.per_s

    @property
    def shape(self) -> str:
        """The shape of the load, for people."""
        if self.climb:
            return "step"
        if self.storm is not None:
            return "reconnect storm"
        return "spike" if self.spike is not None else "soak" if self.seconds >= 600 else "steady"

    def intensity(self, seed: int) -> Intensity:
        """How strongly it sends over time."""
        if self.bursts is not None:
            return make_bursts(self.end_s, self.bursts.per_min, self.bursts.for_s, self.bursts.factor, seed)
        if self.spike is not None:
            swell = Swell(self.warmup_s + self.spike.after_s, self.spike.for_s, self.spike.factor)
            return Intensity(self.end_s, [swell])
        return Intensity(self.end_s)

    @property
    def planned(self) -> dict[str, tuple[str, int]]:
        """What must come about: by name, the kind it counts for, and below how many the run says nothing."""
        planned = {name: (ACTS[name], act.floor) for name, act in self.acts.items()}
        if self.storm is not None:
            planned[STORM] = ACTS["return"], self.storm.floor
        return planned

    def limits_of(self, kind: str) -> Limits:
        """The limits of this kind: its own, else those of the profile."""
        own = self.kinds.get(kind, Limits()).model_dump(exclude_none=True)
        return self.limits.model_copy(update=own)


class Slo(_Table):
    """The whole file."""

    limits: Limits
    kinds: dict[str, Limits] = Field(default_factory=dict)
    """Of these kinds in every profile, unless it says otherwise."""
    error_share: Share
    generator: Generator
    profile: dict[str, Profile]

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        _check_kinds(self.kinds)
        return self

    def find(self, name: str) -> Profile:
        """The profile of this name, with the general limits filled in. Raises ProfileRefused."""
        if name not in self.profile:
            raise ProfileRefused(f"there is no profile {name!r}; known: {', '.join(self.profile)}")
        found = self.profile[name]
        own = found.limits.model_dump(exclude_none=True)
        return found.model_copy(
            update={"limits": self.limits.model_copy(update=own), "kinds": _merge(self.kinds, found.kinds)}
        )


def _merge(general: dict[str, Limits], own: dict[str, Limits]) -> dict[str, Limits]:
    """The limits of kinds; what a profile says itself counts."""
    merged = dict(general)
    for kind, limits in own.items():
        merged[kind] = general.get(kind, Limits()).model_copy(update=limits.model_dump(exclude_none=True))
    return merged


def read_slo(path: Path | None = None) -> Slo:
    """Read a file of profiles; without a path the one of this package. Raises ProfileRefused."""
    file = path or SLO_FILE
    try:
        return Slo.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ProfileRefused(f"{file.name} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ProfileRefused(f"{file.name} is not understood: {error}") from error
