"""What is told of a change of a battle: to its rooms, to the hosts invited, to the app's servers, and to the ratings.

Promise: pure; everything goes into the outbox with the change, and the same is told in every room of the battle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import orjson

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.wire import as_sent
from liveroom.rooms.boards import Entry, total_message
from liveroom.rooms.machines.contract import ForRoom, ForServers, ForSome, Told
from liveroom.rooms.messages.battle import BattleChanged, BattleInvitation, BattleScores, RoomScore
from liveroom.rooms.messages.battle_view import MOST_ROUNDS, BattleResult, Supporter
from liveroom.rooms.rules.battle_state import ENDED, INVITED, READY, RUNNING, SETTLED, SHOWN, BattleState
from liveroom.rooms.rules.battle_view import view
from liveroom.rooms.storage.outbox import Lane, Message

LANE = "battles"
"""The lane of what follows a change: ratings, and shows that end."""
SCORES = catalogue.kinds_by_model[BattleScores].kind
FIELD = "scores"
ROUND_MOVES = 2**32
"""More than the changes of a score in one round; so a later round is always newer."""


def tell(before: BattleState | None, after: BattleState) -> list[Told]:
    """What a change comes to."""
    if after is before:
        return []
    return [*_tell_view(before, after), *_tell_scores(before, after), *_tell_servers(before, after)]


def score_entry(state: BattleState, room: str, moves: int, score: int, task: int, top: tuple[Supporter, ...]) -> Entry:
    """The points of a room, for the board.

    Args:
        moves: changes of them in the round.
    """
    told = RoomScore(
        n=state.round * ROUND_MOVES + moves,
        battle=state.id,
        room=room,
        round=state.round,
        score=score,
        task=task,
        supporters=top,
    )
    return as_sent(told)


def score_key(state: BattleState, room: str) -> str:
    """Where the board has it."""
    return f"{state.id}.{room}"


def _tell_view(before: BattleState | None, after: BattleState) -> Iterator[Told]:
    shown = view(after)
    was = before.status if before is not None else INVITED
    if after.status in SHOWN or was in SHOWN:
        for room in after.rooms:
            yield ForRoom(room, BattleChanged(battle=shown))
    if INVITED in (was, after.status) and after.by is not None:
        for party in after.parties:
            yield ForSome(party.room, Target(user_id=party.host.id), BattleInvitation(battle=shown))


def _tell_scores(before: BattleState | None, after: BattleState) -> Iterator[Told]:
    """A round begins with nothing; what has ended is taken from the board."""
    was = before.status if before is not None else INVITED
    if after.status is READY and was is not READY:
        entries = {score_key(after, room): score_entry(after, room, 0, 0, 0, ()) for room in after.rooms}
    elif after.status is ENDED and was in SHOWN:
        entries = {score_key(after, room): {"n": (MOST_ROUNDS + 1) * ROUND_MOVES} for room in after.rooms}
    else:
        return
    for room in after.rooms:
        yield total_message(room, SCORES, FIELD, entries)


def _tell_servers(before: BattleState | None, after: BattleState) -> Iterator[Told]:
    """Once for each room, so that a webhook of one room hears of it."""
    was = before.status if before is not None else INVITED
    if after.status is RUNNING and was is READY:
        told: Mapping[str, object] = {
            "battle": after.id,
            "round": after.round,
            "mode": after.mode.value,
            "rooms": list(after.rooms),
            "starts_at": after.starts_at_ms,
            "ends_at": after.ends_at_ms,
        }
        yield from (ForServers(room, "battle.started", told) for room in after.rooms)
    if after.status is SETTLED and was is not SETTLED and after.result is not None:
        told = {"battle": after.id, "mode": after.mode.value, **after.result.model_dump(mode="json")}
        yield from (ForServers(room, "battle.settled", told) for room in after.rooms)
        yield rating_message(after, after.result)


def rating_message(state: BattleState, result: BattleResult) -> Message:
    """What the ratings of the hosts follow from."""
    hosts = {party.room: party.host.id for party in state.joined}
    places = [[hosts[place.room], place.side, place.rank] for place in result.places]
    rated = {"battle": state.id, "round": result.round, "places": places}
    return Message(Lane(LANE, state.rooms[0]), orjson.dumps({"rated": rated}))


def ended_message(room: str) -> Message:
    """The show of a room is over."""
    return Message(Lane(LANE, room), orjson.dumps({"ended": room}))
