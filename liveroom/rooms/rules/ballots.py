"""Whether a vote counts (L27): one for each viewer, while the poll is open, of those who may.

Promise: pure and in a fixed order of questions, so that the same vote gets the same answer on every node: are these
choices of the poll, has the viewer voted, is it open, may they.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.poll import VoteAck, VoteOutcome
from liveroom.rooms.rules.claims import Claimant, find_obstacle
from liveroom.rooms.rules.poll_state import OPEN, PollState


def rule(state: PollState, choices: Sequence[str], before: Sequence[str] | None, who: Claimant, now_ms: int) -> VoteAck:
    """The answer to a vote; `counted` is to be kept.

    Args:
        before: the viewer's vote, if they have voted.

    Raises:
        Refusal: `invalid_field`.
    """
    if len(set(choices)) < len(choices) or any(each not in state.letters for each in choices):
        text = f"choices are among {', '.join(state.letters)}, each once"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="choices")
    if before is not None:
        return VoteAck(outcome=VoteOutcome.ALREADY_VOTED, choices=tuple(before))
    if state.status is not OPEN or now_ms >= state.ends_at_ms:
        return VoteAck(outcome=VoteOutcome.NOT_OPEN)
    if len(choices) > state.picks:
        text = f"{state.picks} can be tapped here, {len(choices)} were"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="choices")
    obstacle = find_obstacle(state.audience, who)
    if obstacle is not None:
        return VoteAck(outcome=VoteOutcome.NOT_ELIGIBLE, rule=obstacle)
    return VoteAck(outcome=VoteOutcome.COUNTED, choices=tuple(sorted(choices)))
