"""Everybody who waits for the ledger is told once, also at an end that nobody wanted."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.ledger import Answer
from tests.storage.desk import Desk, claim


@pytest.fixture
async def open_desk(desk: Desk) -> Desk:
    """A desk at work."""
    return await desk.start()


async def test_a_ledger_that_is_cut_off_leaves_nobody_without_an_answer(open_desk: Desk) -> None:
    """Also those whose fact may be in the database: the key tells later."""
    answers: list[Answer | RealtimeError] = []
    for number in range(600):
        open_desk.ledger.enter(claim(f"u{number}"), answers.append)
    task = open_desk.ledger._task
    assert task is not None
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    open_desk.ledger._task = None
    assert [getattr(answer, "code", None) for answer in answers] == [ErrorCode.UNAVAILABLE] * 600


async def test_one_who_cannot_be_told_does_not_keep_the_others_from_it(
    open_desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    open_desk.ledger.enter(claim("u1"), fail)
    assert (await open_desk.ledger.write(claim("u2"))).data.startswith(b'{"result":"granted"')
    assert "could not be told" in caplog.text
