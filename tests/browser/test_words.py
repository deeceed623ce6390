"""Whatever the server can answer has words on the pages, in both languages: read from the files, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import liveroom.server
from liveroom.rooms.messages import battle, battle_view, stage, stage_view
from liveroom.rooms.messages.lottery import EntryOutcome, LotteryStatus
from liveroom.rooms.messages.poll import PollKind, PollStatus, VoteOutcome
from liveroom.rooms.messages.question import HandTo, QuestionStatus
from liveroom.rooms.messages.shelf import StockWord
from liveroom.rooms.messages.talk import Held
from liveroom.rooms.moderation.screen import Reason

WEB = Path(liveroom.server.__file__).parent / "web"
NOT_SAID = {VoteOutcome.COUNTED, VoteOutcome.NOT_ELIGIBLE, EntryOutcome.NOT_ELIGIBLE, PollStatus.HIDDEN}
NO_BATTLE = {battle_view.BattleStatus.INVITED, battle_view.BattleStatus.ENDED}
WANTED = (
    {f"poll.kind_{kind}" for kind in PollKind}
    | {f"poll.{one}" for one in (*PollStatus, *VoteOutcome) if one not in NOT_SAID and one is not PollStatus.CANCELLED}
    | {f"lottery.{one}" for one in (*LotteryStatus, *EntryOutcome) if one not in NOT_SAID and one != "hidden"}
    | {f"question.{status}" for status in QuestionStatus if status is not QuestionStatus.HANDED_OVER}
    | {f"question.{part}_{to}" for part in ("to", "hand") for to in HandTo}
    | {f"shelf.{word}" for word in StockWord}
    | {f"held.{reason}" for reason in Reason}
    | {f"order.hold_{who}" for who in Held}
    | {f"stand.{standing}" for standing in stage_view.Standing}
    | {f"seat.{status}" for status in stage_view.SeatStatus if status is not stage_view.SeatStatus.TAKEN}
    | {f"ending.{ending}" for ending in stage_view.Ending}
    | {f"refusal.{why}" for why in (*stage.StageReason, *battle.Obstacle)}
    | {f"vote.{outcome}" for outcome in battle.VoteOutcome}
    | {f"mode.{mode}" for mode in battle_view.BattleMode}
    | {f"answer.{answer}" for answer in battle_view.Answer}
    | {f"battle.mark_{out}" for out in battle_view.Out}
    | {f"battle.{status}" for status in battle_view.BattleStatus if status is not battle_view.BattleStatus.INVITED}
    | {f"battle.{status}_line" for status in battle_view.BattleStatus if status not in NO_BATTLE}
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_of_the_server_has_words(language: str) -> None:
    written: set[str] = set()
    for path in WEB.glob(f"texts_{language}*.js"):
        written |= set(re.findall(r'^ {2}"([\w.]+)":', path.read_text("utf-8"), re.M))

    assert len(written) > 300
    assert set() == WANTED - written
