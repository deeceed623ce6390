"""What becomes of a charge: the money side of a gift, from the intent to the last word of the app's billing.

Promise: `TABLE` is the whole machine. Whatever billing says, late, twice or never, a charge ends either paid for a
gift that was given, or with nothing charged and a void that was acknowledged where anything might have been charged.
"""

from __future__ import annotations

from enum import StrEnum

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal


class ChargeState(StrEnum):
    """Where a charge is.

    `pending`: kept before billing is asked; `paid`: accepted, and the gift is given; `refused`: billing said no, or
    was never asked; `voiding`: not given, and billing has to undo what it may have charged; `voided`: it has confirmed
    that; `owed`: given although billing did not answer, and to be charged yet; `unpaid`: billing said no to that.
    """

    PENDING = "pending"
    PAID = "paid"
    REFUSED = "refused"
    VOIDING = "voiding"
    VOIDED = "voided"
    OWED = "owed"
    UNPAID = "unpaid"


class Word(StrEnum):
    """What happened to a charge.

    `accepted`, `declined`: billing's answer; `unanswered`: it may have charged, nobody knows; `unasked`: it was
    certainly not asked; `trusted`: no answer, and the policy gives the gift nevertheless; `withdrawn`: it accepted, but
    the gift is not given; `acknowledged`: it confirmed the void.
    """

    ACCEPTED = "accepted"
    DECLINED = "declined"
    UNANSWERED = "unanswered"
    UNASKED = "unasked"
    TRUSTED = "trusted"
    WITHDRAWN = "withdrawn"
    ACKNOWLEDGED = "acknowledged"


_S, _W = ChargeState, Word
TABLE: dict[tuple[ChargeState, Word], ChargeState] = {
    (_S.PENDING, _W.ACCEPTED): _S.PAID,
    (_S.PENDING, _W.DECLINED): _S.REFUSED,
    (_S.PENDING, _W.UNANSWERED): _S.VOIDING,
    (_S.PENDING, _W.UNASKED): _S.REFUSED,
    (_S.PENDING, _W.TRUSTED): _S.OWED,
    (_S.PENDING, _W.WITHDRAWN): _S.VOIDING,
    (_S.OWED, _W.ACCEPTED): _S.PAID,
    (_S.OWED, _W.DECLINED): _S.UNPAID,
    (_S.VOIDING, _W.ACKNOWLEDGED): _S.VOIDED,
    # Billing contradicts itself or answers late: what it accepted for nothing is undone.
    (_S.REFUSED, _W.ACCEPTED): _S.VOIDING,
    (_S.REFUSED, _W.UNANSWERED): _S.VOIDING,
    (_S.VOIDED, _W.ACCEPTED): _S.VOIDING,
    (_S.VOIDING, _W.ACCEPTED): _S.VOIDING,
}

GIVEN = frozenset({ChargeState.PAID, ChargeState.OWED, ChargeState.UNPAID})
"""The gift was given."""
OUTSTANDING = frozenset({ChargeState.VOIDING, ChargeState.OWED})
"""Billing has to be told something yet."""


def follow(state: ChargeState, word: Word) -> ChargeState:
    """The state after a word.

    Raises:
        Refusal: `wrong_state`, the pair is not in the table.
    """
    after = TABLE.get((state, word))
    if after is None:
        text = f"a charge that is {state.value} cannot be {word.value}"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=state.value)
    return after
