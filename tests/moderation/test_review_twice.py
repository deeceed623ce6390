"""A judge that answers a call twice: the second answer is never taken for that to another comment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from liveroom.realtime.clock import LoopClock
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.moderation.review_hook import ReviewHook
from liveroom.rooms.moderation.words import Action
from tests.moderation.test_review_hook import COMMENT, SECRET, answer


class Bench:
    """A judge that keeps connections, and rules by the text: `twice` is published and said so two times."""

    def __init__(self) -> None:
        self.labels = False
        """Whether it says which comment an answer is about."""
        self.connections = 0
        self.calls = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self._writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.split("content-length: ")[1].split("\r\n")[0])
                comment = orjson.loads(await reader.readexactly(length))["data"]["comment"]
                self.calls += 1
                verdict = "refuse" if comment["text"] == "refuse" else "publish"
                label = {"id": comment["id"]} if self.labels else {}
                times = 2 if comment["text"] == "twice" else 1
                writer.write(answer(orjson.dumps({"verdict": verdict, **label})) * times)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def close(self) -> None:
        """Leave everybody."""
        for writer in self._writers:
            writer.close()


@pytest.fixture
def bench() -> Bench:
    """The judge."""
    return Bench()


@pytest.fixture
async def hook(bench: Bench) -> AsyncIterator[ReviewHook]:
    """What asks it; without its word a comment is held."""
    server = await asyncio.start_server(bench.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/review"
    asking = ReviewHook(url, [SECRET], 10.0, "hold", 4, LoopClock())
    try:
        yield asking
    finally:
        await asking.close()
        bench.close()
        server.close()


async def rule(hook: ReviewHook, *texts: str) -> list[Action | None]:
    """What becomes of comments, one after the other."""
    comments = [COMMENT.model_copy(update={"id": f"c_{number}", "text": text}) for number, text in enumerate(texts)]
    return [await _rule(hook, comment) for comment in comments]


async def _rule(hook: ReviewHook, comment: CommentSent) -> Action | None:
    return (await hook.review("demo", comment)).action


@pytest.mark.parametrize("labels", [False, True], ids=["bare", "with ids"])
async def test_a_second_answer_is_not_taken_for_that_to_the_next_comment(
    hook: ReviewHook, bench: Bench, labels: bool
) -> None:
    bench.labels = labels
    first, twice, next_, last = await rule(hook, "first", "twice", "refuse", "refuse")
    assert (first, twice) == (None, None)
    assert next_ in (Action.BLOCK, Action.HOLD)
    assert last is Action.BLOCK


@pytest.mark.parametrize(("labels", "connections"), [(False, 5), (True, 2)], ids=["bare", "with ids"])
async def test_connections_are_kept_for_whoever_says_what_an_answer_is_about(
    hook: ReviewHook, bench: Bench, labels: bool, connections: int
) -> None:
    """The first one shows that it does."""
    bench.labels = labels
    assert await rule(hook, *["fine"] * 5) == [None] * 5
    assert (bench.connections, bench.calls) == (connections, 5)


async def test_a_judge_that_stops_saying_it_is_asked_again_without_kept_connections(
    hook: ReviewHook, bench: Bench
) -> None:
    bench.labels = True
    assert await rule(hook, "fine", "fine") == [None, None]
    bench.labels = False
    assert await rule(hook, "fine", "refuse") == [Action.HOLD, Action.BLOCK]
