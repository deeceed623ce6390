"""A scene (秀场 show, 1V1 one_to_one, 带货 commerce): the words of a room as configuration.

Promise: a scene that was accepted can always be rendered: every text exists in every language, every placeholder is
known where its rule holds, the last welcome fits everybody, and the value card comes within 30 s (L8).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.audience import EntryEffect
from liveroom.rooms.messages.battle_terms import BattleTerms
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.messages.people import MAX_LEVEL
from liveroom.rooms.messages.room import SceneName
from liveroom.rooms.messages.welcome import STEPS, CardKind, Reason
from liveroom.rooms.options.levels import ClubOptions, LevelOptions
from liveroom.rooms.options.lotteries import LotteryOptions
from liveroom.rooms.options.polls import PollOptions
from liveroom.rooms.options.shelf import ShelfOptions
from liveroom.rooms.options.topics import TopicOptions
from liveroom.rooms.rules.question_options import QuestionOptions
from liveroom.rooms.rules.stage_options import StageOptions

LANGUAGES = ("zh", "en")
CARD_LATEST_MS = 30_000
MAX_RULES = 40

Lang = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Line = Annotated[str, Field(min_length=1, max_length=120)]
Lines = Annotated[tuple[Line, ...], Field(min_length=1, max_length=12)]
Day = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]


class Condition(StrEnum):
    """What can be known of somebody who enters; the words of `when`."""

    BIRTHDAY = "birthday"
    BOUGHT = "bought"
    MEMBER = "member"
    FROM_COMMUNITY = "from_community"
    FROM_SHARE = "from_share"
    FROM_AD = "from_ad"
    VIP = "vip"
    FAN = "fan"
    TOP_GIVER = "top_giver"
    RETURNING = "returning"
    FIRST_VISIT = "first_visit"


class Occasion(Model):
    """When a rule holds: all of `when`, and away, level and day as given."""

    name: Reason
    when: Annotated[tuple[Condition, ...], Field(max_length=len(Condition))] = ()
    min_days: Annotated[int, Field(ge=0, le=3650, description="days away")] = 0
    min_level: Annotated[int, Field(ge=0, le=MAX_LEVEL)] = 0
    days: Annotated[tuple[Day, ...], Field(max_length=31, description="special days, MM-DD")] = ()

    @cached_property
    def needs(self) -> frozenset[Condition]:
        """`when` as a set."""
        return frozenset(self.when)

    @property
    def always(self) -> bool:
        """Whether the rule holds for everybody."""
        return not (self.when or self.min_days or self.min_level or self.days)

    def placeholders(self) -> frozenset[str]:
        """What is certainly known when the rule holds, and so may stand in its texts."""
        known = {"name", "host", "title"}
        if self.min_days:
            known.add("days")
        if self.min_level:
            known.add("level")
        if Condition.MEMBER in self.when:
            known.add("community")
        return frozenset(known)


class SpokenRule(Occasion):
    """An occasion and what is said then, in several wordings for each language."""

    text: dict[Lang, Lines]

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        _check_languages(self.text)
        allowed = self.placeholders()
        for lang, lines in self.text.items():
            for line in lines:
                _check_placeholders(line, allowed, lang)
        return self


class WelcomeRule(SpokenRule):
    """One way to greet; the first rule that holds is used (L6)."""


class CueRule(SpokenRule):
    """One reason to tell the host who came, with its weight (L7)."""

    weight: Annotated[int, Field(ge=1, le=100)]

    @model_validator(mode="after")
    def _check_occasion(self) -> Self:
        if self.always:
            raise ValueError("a cue for everybody would tell the host nothing; give `when`, `min_days` or `min_level`")
        return self


class EntryRule(Occasion):
    """How everybody sees the entry of somebody who matters; the first rule that holds is used (L7)."""

    effect: EntryEffect
    text: Annotated[dict[Lang, Line], Field(description="what is said with it; none: only the effect")] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        if self.always:
            raise ValueError("an effect for everybody is none; give `when`, `min_days`, `min_level` or `days`")
        if self.text:
            _check_languages(self.text)
        for lang, line in self.text.items():
            _check_placeholders(line, frozenset({"name", "host", "level"}), lang)
        return self


class CardWords(Model):
    """One step of the card in one language."""

    title: Annotated[str, Field(min_length=1, max_length=40)]
    body: Annotated[str, Field(min_length=1, max_length=160)]
    action: Annotated[str | None, Field(min_length=1, max_length=20, description="label of the button")] = None


class CardStep(Model):
    """One step of the value card."""

    kind: CardKind
    text: dict[Lang, CardWords]

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        _check_languages(self.text)
        return self


class Card(Model):
    """The value card: benefit, preview or game, within 30 s of entering (L8, R18)."""

    delay_ms: Annotated[int, Field(ge=0, le=CARD_LATEST_MS, description="after entering")] = 1_200
    steps: Annotated[tuple[CardStep, ...], Field(min_length=1, max_length=STEPS)]


class ThanksRule(Model):
    """How the host is told to thank for gifts worth at least `min_amount`; the weightiest that fits is used (L14)."""

    name: Reason
    min_amount: Annotated[int, Field(ge=0, le=LARGEST_SUM, description="of a whole combo, in minor units")] = 0
    weight: Annotated[int, Field(ge=1, le=100)]
    text: dict[Lang, Lines]

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        _check_languages(self.text)
        for lang, lines in self.text.items():
            for line in lines:
                _check_placeholders(line, frozenset({"name", "gift", "count"}), lang)
        return self


class OrderShown(StrEnum):
    """What a room tells of an order."""

    HIDDEN = "hidden"
    ANONYMOUS = "anonymous"
    NAME = "name"


class OrderWords(Model):
    """How an order of the shop is told (L26).

    `text` is said where the buyer is named, `anonymous` elsewhere; the shop may leave out the name of a buyer.
    """

    show: OrderShown = OrderShown.HIDDEN
    text: dict[Lang, Line] = Field(default_factory=dict)
    anonymous: dict[Lang, Line] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_texts(self) -> Self:
        if self.show is OrderShown.HIDDEN:
            return self
        _check_languages(self.anonymous)
        for lang, line in self.anonymous.items():
            _check_placeholders(line, frozenset({"product"}), lang)
        if self.show is OrderShown.NAME:
            _check_languages(self.text)
        for lang, line in self.text.items():
            _check_placeholders(line, frozenset({"name", "product"}), lang)
        return self


class Scene(Model):
    """One scene, as its file says it."""

    name: SceneName
    title: dict[Lang, Annotated[str, Field(min_length=1, max_length=20)]]
    fallback: Annotated[Lang, Field(description="language for those whose own is not here")] = "en"
    welcome: Annotated[tuple[WelcomeRule, ...], Field(min_length=1, max_length=MAX_RULES)]
    cue: Annotated[tuple[CueRule, ...], Field(max_length=MAX_RULES)] = ()
    card: Card
    entry: Annotated[tuple[EntryRule, ...], Field(max_length=MAX_RULES)] = ()
    thanks: Annotated[tuple[ThanksRule, ...], Field(max_length=MAX_RULES)] = ()
    orders: OrderWords = Field(default_factory=OrderWords)
    battle: BattleTerms = Field(default_factory=BattleTerms)
    shelf: ShelfOptions = Field(default_factory=ShelfOptions)
    polls: PollOptions = Field(default_factory=PollOptions)
    lotteries: LotteryOptions = Field(default_factory=LotteryOptions)
    questions: Annotated[QuestionOptions | None, Field(description="absent: questions are comments")] = None
    topics: TopicOptions = Field(default_factory=TopicOptions)
    stage: Annotated[StageOptions | None, Field(description="absent: rooms of this scene have no stage")] = None
    levels: LevelOptions = Field(default_factory=LevelOptions)
    club: ClubOptions = Field(default_factory=ClubOptions)

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        if not self.welcome[-1].always:
            raise ValueError("the last `welcome` must hold for everybody: without when, min_days, min_level and days")
        unreachable = [rule.name for rule in self.welcome[:-1] if rule.always]
        if unreachable:
            raise ValueError(f"the welcome rules after `{unreachable[0]}` can never be reached")
        for rules in (self.welcome, self.cue, self.entry, self.thanks):
            names = [rule.name for rule in rules]
            if len(set(names)) < len(names):
                raise ValueError(f"two rules have the same name: {', '.join(names)}")
        if self.fallback not in self.languages:
            raise ValueError(f"`fallback` {self.fallback} is not a language of all texts")
        return self

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages in which every text exists."""
        spoken: tuple[SpokenRule | ThanksRule, ...] = (*self.welcome, *self.cue, *self.thanks)
        texts = [set(rule.text) for rule in spoken]
        return frozenset.intersection(*map(frozenset, [*texts, *(set(step.text) for step in self.card.steps)]))

    def language(self, wanted: str | None) -> str:
        """The language of the scene for a BCP 47 tag: its primary language where every text has it."""
        primary = (wanted or "").replace("_", "-").partition("-")[0].lower()
        return primary if primary in self.languages else self.fallback


def _check_languages(text: Mapping[str, object]) -> None:
    missing = [lang for lang in LANGUAGES if lang not in text]
    if missing:
        raise ValueError(f"`text` lacks {' and '.join(missing)}")


def _check_placeholders(line: str, allowed: frozenset[str], lang: str) -> None:
    for _, field, spec, conversion in string.Formatter().parse(line):
        if field is None:
            continue
        if field not in allowed or spec or conversion:
            raise ValueError(
                f"text.{lang}: {{{field}}} is not known when this rule holds; possible: {', '.join(sorted(allowed))}"
            )
