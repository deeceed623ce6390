"""Whether somebody enters a lottery (L28): once for each viewer, while it is open, of those who may.

Promise: pure and in a fixed order of questions, so that the same entry gets the same answer on every node: has the
viewer entered, is it open, is this the way, may they, is there room.
"""

from __future__ import annotations

from liveroom.rooms.messages.lottery import MOST_ENTRIES, Entry, EntryAck, EntryOutcome
from liveroom.rooms.rules.claims import Claimant, find_obstacle
from liveroom.rooms.rules.draw import make_ticket
from liveroom.rooms.rules.lottery_state import OPEN, LotteryState


def rule(
    state: LotteryState, entered: int, before: Entry | None, who: Claimant, name: str, now_ms: int, *, said: bool
) -> EntryAck:
    """The answer to an entry; `entered` is to be kept.

    Args:
        entered: how many have so far.
        before: the viewer's entry, if they have one.
        name: under which a win would be told.
        said: they have said the keyword.
    """
    if before is not None:
        return EntryAck(outcome=EntryOutcome.ALREADY_ENTERED, entry=before)
    if state.status is not OPEN or now_ms >= state.ends_at_ms:
        return EntryAck(outcome=EntryOutcome.NOT_OPEN)
    if state.keyword is not None and not said:
        return EntryAck(outcome=EntryOutcome.COMMENT_NEEDED)
    obstacle = find_obstacle(state.audience, who)
    if obstacle is not None:
        return EntryAck(outcome=EntryOutcome.NOT_ELIGIBLE, rule=obstacle)
    if entered >= MOST_ENTRIES:
        return EntryAck(outcome=EntryOutcome.FULL)
    entry = Entry(number=entered + 1, ticket=make_ticket(state.secret, who.user_id), name=name)
    return EntryAck(outcome=EntryOutcome.ENTERED, entry=entry)
