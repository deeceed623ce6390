"""Battles as tests need them, brought to each state by commands."""

from __future__ import annotations

from liveroom.rooms.messages.battle_terms import BattleTerms, ScoreTerms, TaskTerms
from liveroom.rooms.messages.battle_view import BattleMode, BattleStatus
from liveroom.rooms.messages.people import Person
from liveroom.rooms.rules import battle
from liveroom.rooms.rules.battle_commands import Accept, Cancel, Command, Elapse, Invite, Match, Rival, Settle
from liveroom.rooms.rules.battle_state import BattleState
from tests.rooms.builders import NOW

TERMS = BattleTerms(on=True)
TASK = BattleTerms(
    on=True, score=ScoreTerms(task=TaskTerms(after_s=60, lasts_s=60, target=100, reward_s=30, reward=300))
)
SECOND = 1_000


def rival(room: str) -> Rival:
    """A room and its host, `host-a` of the room `a`."""
    return Rival(room, Person(id=f"host-{room}", name=room.upper()))


def invite(rooms: str = "ab", mode: BattleMode = BattleMode.DUEL, terms: BattleTerms = TERMS) -> BattleState:
    """The first room has invited the others; in teams the second one is its partner."""
    first, *others = [rival(room) for room in rooms]
    partner = others.pop(0) if mode is BattleMode.TEAMS else None
    return battle.apply(None, Invite("b1", mode, first, tuple(others), partner, terms), NOW)


def match(terms: BattleTerms = TERMS) -> BattleState:
    """`a` and `b` were put together."""
    return battle.apply(None, Match("b1", rival("a"), rival("b"), terms), NOW)


def do(state: BattleState, *commands: Command, at_ms: int = 0) -> BattleState:
    """After some commands, `at_ms` after the invitation."""
    for command in commands:
        state = battle.apply(state, command, NOW + at_ms)
    return state


def accepted(rooms: str = "ab", mode: BattleMode = BattleMode.DUEL, terms: BattleTerms = TERMS) -> BattleState:
    """Everybody has accepted at once: `ready`."""
    return do(invite(rooms, mode, terms), *(Accept(room) for room in rooms[1:]))


def running(rooms: str = "ab", mode: BattleMode = BattleMode.DUEL, terms: BattleTerms = TERMS) -> BattleState:
    """The round has just begun; that is 3 s after the invitation."""
    return do(accepted(rooms, mode, terms), Elapse(), at_ms=3 * SECOND)


def settled(*, a: int = 7, b: int = 5) -> BattleState:
    """The round is over, at 303 s."""
    return do(do(running(), Elapse(), at_ms=303 * SECOND), Settle({"a": a, "b": b}), at_ms=303 * SECOND)


def in_status(status: BattleStatus) -> tuple[BattleState, int]:
    """A duel of `a` and `b` in a status, and a time in it, in ms after the invitation."""
    over = do(running(), Elapse(), at_ms=303 * SECOND)
    built: dict[BattleStatus, tuple[BattleState, int]] = {
        BattleStatus.INVITED: (invite(), 1),
        BattleStatus.READY: (accepted(), 1),
        BattleStatus.RUNNING: (running(), 4 * SECOND),
        BattleStatus.OVERTIME: (do(over, Settle({"a": 5, "b": 5}), at_ms=303 * SECOND), 304 * SECOND),
        BattleStatus.COUNTING: (over, 303 * SECOND),
        BattleStatus.SETTLED: (settled(), 304 * SECOND),
        BattleStatus.PUNISHMENT: (do(settled(), Elapse(), at_ms=308 * SECOND), 309 * SECOND),
        BattleStatus.REMATCH: (do(settled(), Elapse(), at_ms=428 * SECOND), 429 * SECOND),
        BattleStatus.ENDED: (do(invite(), Cancel("a")), 1),
    }
    return built[status]
