"""The short way of an ordinary goodbye takes that one alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.framing import FAREWELLS, read_close
from tests.support.raw_socket import CLOSE, PING, make_frame


@pytest.mark.parametrize("code", sorted(FAREWELLS))
def test_a_whole_close_with_a_code_and_no_reason_is_read(code: int) -> None:
    """Behind other frames too."""
    before = make_frame(PING)
    frame = make_frame(CLOSE, code.to_bytes(2, "big"))
    assert read_close(before + frame, len(before)) == code


@given(st.binary(max_size=12))
def test_everything_else_is_left_to_the_parser(body: bytes) -> None:
    """Reasons, other codes, halves, and what follows a Close."""
    frame = make_frame(CLOSE, body)
    is_ordinary = len(body) == 2 and int.from_bytes(body) in FAREWELLS
    assert (read_close(frame, 0) is not None) == is_ordinary
    assert read_close(frame[:-1], 0) is None
    assert read_close(frame + b"\x81", 0) is None
