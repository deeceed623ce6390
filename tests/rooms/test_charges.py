"""Charges follow their table, and every way through it ends with money and gift in agreement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.charges import GIVEN, OUTSTANDING, TABLE, ChargeState, Word, follow

ENDS = {ChargeState.PAID, ChargeState.REFUSED, ChargeState.VOIDED, ChargeState.UNPAID}


@pytest.mark.parametrize("state", ChargeState)
@pytest.mark.parametrize("word", Word)
def test_a_pair_that_is_not_in_the_table_is_refused_with_the_state(state: ChargeState, word: Word) -> None:
    if (state, word) in TABLE:
        assert follow(state, word) is TABLE[(state, word)]
        return
    with pytest.raises(Refusal) as refused:
        follow(state, word)
    assert (refused.value.code, refused.value.facts) == (ErrorCode.WRONG_STATE, {"state": state.value})


@given(st.lists(st.sampled_from(Word), max_size=12))
def test_a_gift_once_given_stays_given_and_one_that_was_not_never_is(words: list[Word]) -> None:
    state, given_once, decided = ChargeState.PENDING, False, False
    for word in words:
        if (state, word) in TABLE:
            state = follow(state, word)
        if state is not ChargeState.PENDING:
            assert not decided or given_once == (state in GIVEN)
            given_once, decided = state in GIVEN, True


def test_from_every_state_an_end_can_be_reached_and_what_is_outstanding_waits_for_billing() -> None:
    reached = set(ENDS)
    while more := {state for (state, _), after in TABLE.items() if after in reached} - reached:
        reached |= more
    assert reached == set(ChargeState)
    assert not OUTSTANDING & ENDS


def test_what_was_accepted_for_a_gift_that_is_not_given_is_always_voided() -> None:
    for state in (ChargeState.REFUSED, ChargeState.VOIDING, ChargeState.VOIDED):
        assert follow(state, Word.ACCEPTED) is ChargeState.VOIDING
    assert follow(ChargeState.PENDING, Word.WITHDRAWN) is ChargeState.VOIDING
