"""A process is kept running until it is told to end, and is gone then."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from liveroom.server.workers.child import Child, ChildRefused

PATIENCE_S = 60.0


def make_child(script: str, *words: str, end_s: float = 10.0) -> Child:
    """A child that runs a few lines of Python."""
    return Child("test", [sys.executable, "-c", script, *words], os.environ, end_s=end_s)


async def test_one_that_ends_is_started_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log, with its status."""
    fifo = tmp_path / "starts"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    script = "import os, sys; os.write(os.open(sys.argv[1], os.O_WRONLY), b'x'); sys.exit(7)"
    child = make_child(script, str(fifo))
    running = asyncio.create_task(child.run())
    starts = asyncio.Queue[bytes]()
    asyncio.get_running_loop().add_reader(reader, lambda: starts.put_nowait(os.read(reader, 1)))
    async with asyncio.timeout(PATIENCE_S):
        for _ in range(3):
            await starts.get()
    asyncio.get_running_loop().remove_reader(reader)
    os.close(reader)
    child.end()
    await running
    ended = [record for record in caplog.records if record.message == "process_ended"]
    assert len(ended) >= 2
    assert ended[0].__dict__["status"] == 7
    assert ended[0].__dict__["again_in_s"] < ended[1].__dict__["again_in_s"]


async def test_one_that_refuses_is_not_tried_again() -> None:
    with pytest.raises(ChildRefused):
        await make_child("import sys; sys.exit(2)").run()


async def test_one_that_does_not_end_is_killed(tmp_path: Path) -> None:
    fifo = tmp_path / "ready"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    ready = asyncio.Event()
    asyncio.get_running_loop().add_reader(reader, ready.set)
    script = (
        "import os, signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "os.write(os.open(sys.argv[1], os.O_WRONLY), b'x'); signal.pause()"
    )
    child = make_child(script, str(fifo), end_s=0.05)
    running = asyncio.create_task(child.run())
    async with asyncio.timeout(PATIENCE_S):
        await ready.wait()
        asyncio.get_running_loop().remove_reader(reader)
        child.end()
        assert await running == -signal.SIGKILL
    os.close(reader)


async def test_one_that_is_told_while_it_starts_ends_too() -> None:
    child = make_child("import signal; signal.pause()")
    child.end()
    async with asyncio.timeout(PATIENCE_S):
        assert await child.run() == -signal.SIGTERM
