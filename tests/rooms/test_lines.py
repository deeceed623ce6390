"""Texts that grow when they are normalised: they are cut, so what is made of them can be told and read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Machine
from liveroom.rooms.messages.lottery import ByComment, Prize
from liveroom.rooms.messages.topic import Opinion
from liveroom.rooms.rules import lottery, poll, topic
from liveroom.rooms.rules.lines import clean_line, fit_line
from liveroom.rooms.value.lotteries.lottery_machine import LOTTERY
from liveroom.rooms.value.polls.poll_machine import POLL
from liveroom.rooms.value.topics.topic_machine import TOPIC
from tests.rooms.polls import make_lottery, make_poll, make_topic

GROWS = "\u0958"
"""A letter that normalising takes apart into two characters."""


@pytest.mark.parametrize(
    ("machine", "create", "draft"),
    [
        (POLL, poll.create, replace(make_poll(), question=GROWS * 80, choices=(GROWS * 30, "b"))),
        (TOPIC, topic.create, replace(make_topic(), text=GROWS * 80)),
        (TOPIC, topic.create, replace(make_topic(), opinions=(Opinion(text=GROWS * 20, words=("b" + GROWS * 19,)),))),
        (LOTTERY, lottery.create, replace(make_lottery(), title=GROWS * 40, prizes=(Prize(name=GROWS * 40),))),
        (LOTTERY, lottery.create, replace(make_lottery(), way=ByComment(how="comment", keyword=GROWS * 20))),
    ],
    ids=["poll", "topic", "opinion", "lottery", "keyword"],
)
def test_what_is_made_of_a_text_that_grows_can_be_told_and_read_again(
    machine: Machine[Any], create: Callable[[Any], Any], draft: Any
) -> None:
    made = create(draft)
    assert made.view().id == made.id
    assert machine.states.validate_json(machine.states.dump_json(made)) == made
    assert made.asked == draft.asked, "a repeat of the command is the same command"


def test_a_line_fits_and_stays_as_it_is_when_it_is_cleaned_again() -> None:
    cut = fit_line(f" {GROWS * 10}\n b", 10)
    assert len(cut) == 10
    assert fit_line(cut, 10) == cut
    assert clean_line(" a \n b ", 10, "title") == "a b"
    with pytest.raises(Refusal, match="the name has no visible character") as refused:
        clean_line(" \u200b ", 10, "names.zh", "name")
    assert (refused.value.code, refused.value.facts) == (ErrorCode.INVALID_FIELD, {"field": "names.zh"})
