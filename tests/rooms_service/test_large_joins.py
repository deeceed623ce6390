"""Joins cost bytes: who does not read gets no more of them, and a long absence is made good with a snapshot."""

from __future__ import annotations

from liveroom.realtime.fanout import CATCH_UP_BYTES
from liveroom.realtime.identity import Role
from liveroom.realtime.member import PAUSE_BYTES
from tests.rooms_service.house import House

TEXT = "字" * 500
TEXT_BYTES = len(TEXT.encode())


async def test_who_has_not_read_what_was_sent_gets_no_further_snapshot(house: House) -> None:
    """Refused with the time to wait; a snapshot for each of thousands of joins would fill the memory."""
    line = await house.enter("ann")
    transport = line.connection.transport
    transport.get_write_buffer_size = lambda: PAUSE_BYTES + 1  # type: ignore[method-assign] # a peer that reads nothing
    refused = await line.join()
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("rate_limited", True)
    assert refused["error"]["retry_after_ms"] >= 1_000
    transport.get_write_buffer_size = lambda: PAUSE_BYTES  # type: ignore[method-assign] # it has read something
    assert "snapshot" in await line.join()


async def test_missing_more_than_half_a_megabyte_is_made_good_with_a_snapshot(house: House) -> None:
    """What was missed is in the ring, and is not sent all the same."""
    host, line = await house.enter("host", Role.HOST), await house.enter("ann")
    before = await line.join()
    few = CATCH_UP_BYTES // (TEXT_BYTES + 400)
    for _ in range(few):
        await host.ask("comment.send", {"text": TEXT})
    recovered = await line.join({"epoch": before["epoch"], "seq": before["seq"]})
    for _ in range(few, CATCH_UP_BYTES // TEXT_BYTES + 1):
        await host.ask("comment.send", {"text": TEXT})
    assert recovered["recovered"] is True
    assert len(recovered["events"]) == few
    joined = await line.join({"epoch": before["epoch"], "seq": before["seq"]})
    assert joined["recovered"] is False
    assert joined["snapshot"]["comments"][-1]["seq"] == joined["seq"]
