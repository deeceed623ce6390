"""What goes wrong between this server and LiveKit: webhooks that are late, twice or forged, a server that is away,
nodes that begin in the middle."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest
from livekit import api

from liveroom.realtime.media.errors import MediaUnavailable, MediaUnsupported, WebhookRefused
from liveroom.realtime.media.events import Back, Closed, Connected, Ended, Kind, Lost
from liveroom.realtime.media.livekit.calls import Calls
from liveroom.realtime.media.livekit.engine import LiveKitEngine
from liveroom.realtime.media.livekit.terms import LiveKitTerms
from liveroom.realtime.media.livekit.tokens import make_permission
from tests.contracts.media import Told
from tests.support.clock import FakeClock
from tests.support.livekit import KEY, SECRET, FakeLiveKit, Refused, edit, running_livekit, sign


@pytest.fixture
async def livekit() -> AsyncIterator[FakeLiveKit]:
    """A server whose webhooks are kept, and given to every node."""
    async with running_livekit() as livekit:
        yield livekit


class Cluster:
    """Nodes that share a LiveKit server."""

    def __init__(self, livekit: FakeLiveKit) -> None:
        self.livekit = livekit
        self.clock = FakeClock()
        self.engines: list[LiveKitEngine] = []
        self.sent: list[tuple[bytes, str]] = []
        livekit.deliver = self.deliver

    async def node(self, *rooms: str, **terms: float) -> tuple[LiveKitEngine, Told]:
        """Another node, which has these rooms open."""
        engine = LiveKitEngine(LiveKitTerms(self.livekit.url, "ws://127.0.0.1", KEY, SECRET, **terms), self.clock)  # type: ignore[arg-type] # durations by name
        told = Told()
        engine.listen(told.hear)
        await engine.start()
        self.engines.append(engine)
        for room in rooms:
            await engine.resume(room, ())
        return engine, told

    async def deliver(self, body: bytes, token: str) -> None:
        """A webhook comes to the first node, which tells all."""
        self.sent.append((body, token))
        told = self.engines[0].read_webhook(body, token)
        for engine in self.engines:
            if told is not None:
                engine.hear_webhook(json.loads(json.dumps(told)))

    async def settle(self) -> None:
        """Wait until all have done what they heard of."""
        for engine in self.engines:
            await engine.settle()


@pytest.fixture
async def cluster(livekit: FakeLiveKit) -> AsyncIterator[Cluster]:
    cluster = Cluster(livekit)
    yield cluster
    for engine in cluster.engines:
        await engine.stop()


async def test_a_token_names_every_right_and_lasts_ten_minutes(cluster: Cluster) -> None:
    engine, _ = await cluster.node("r")
    ticket = await engine.prepare("r", "viewer", watch=True)
    claims = jwt.decode(ticket.ticket, SECRET, algorithms=["HS256"], options={"verify_exp": False})
    grants = claims["video"]
    assert grants == {
        "roomJoin": True, "room": "r", "canPublish": False, "canSubscribe": True, "canPublishData": False,
        "canUpdateOwnMetadata": False, "hidden": False,
    }  # fmt: skip
    assert (claims["iss"], claims["sub"], claims["exp"] - claims["nbf"]) == (KEY, "viewer", 600)
    assert (ticket.engine, ticket.url) == ("livekit", "ws://127.0.0.1")
    assert SECRET not in repr(engine._terms)


async def test_who_drops_is_lost_first_and_back_with_another_connection(cluster: Cluster) -> None:
    engine, told = await cluster.node("r")
    await engine.grant("r", "guest", 1)
    ticket = await engine.prepare("r", "guest")
    first = await cluster.livekit.join(ticket.ticket)
    await first.leave(api.DisconnectReason.SIGNAL_CLOSE)
    assert [event.session for event in told.of(Lost)] == [first.info.sid]
    cluster.clock.advance(2_000)
    second = await cluster.livekit.join(ticket.ticket)
    await cluster.settle()
    (back,) = told.of(Back)
    assert (back.session, back.after_ms) == (second.info.sid, 2_000)
    await second.leave(api.DisconnectReason.MIGRATION)
    cluster.clock.advance(31_000)
    assert [event.why for event in told.of(Closed)] == [Ended.LOST]


async def test_who_goes_by_himself_has_left(cluster: Cluster) -> None:
    engine, told = await cluster.node("r")
    visitor = await cluster.livekit.join((await engine.prepare("r", "guest")).ticket)
    await visitor.leave()
    assert [event.why for event in told.of(Closed)] == [Ended.LEFT]


async def test_a_warm_connection_that_is_not_needed_is_closed(cluster: Cluster) -> None:
    engine, told = await cluster.node("r", warm_s=60.0)
    needed = await cluster.livekit.join((await engine.prepare("r", "needed")).ticket)
    idle = await cluster.livekit.join((await engine.prepare("r", "idle")).ticket)
    await cluster.settle()
    await engine.grant("r", "needed", 1)
    cluster.clock.advance(61_000)
    await cluster.settle()
    assert [(event.user_id, event.why) for event in told.of(Closed)] == [("idle", Ended.IDLE)]
    assert (needed.is_connected, idle.is_connected) == (True, False)


async def test_webhooks_that_come_late_or_twice_change_nothing(cluster: Cluster) -> None:
    engine, told = await cluster.node("r")
    visitor = await cluster.livekit.join((await engine.prepare("r", "guest")).ticket)
    await visitor.leave()
    for body, token in [*cluster.sent, *reversed(cluster.sent)]:
        await cluster.deliver(body, token)
    assert len(told.of(Connected)) == 1
    assert len(told.of(Closed)) == 1


async def test_a_leave_that_overtakes_its_join_leaves_no_ghost(cluster: Cluster) -> None:
    engine, told = await cluster.node("r")
    kept, cluster.livekit.deliver = cluster.livekit.deliver, None
    visitor = await cluster.livekit.join((await engine.prepare("r", "guest")).ticket)
    cluster.livekit.deliver = kept
    await visitor.leave()
    await cluster.livekit.tell("participant_joined", "r", visitor.info)
    assert not told.of(Connected)


async def test_forged_webhooks_are_refused(cluster: Cluster) -> None:
    engine, told = await cluster.node("r")
    await cluster.livekit.join((await engine.prepare("r", "guest")).ticket)
    body, token = cluster.sent[-1]
    unsigned = api.AccessToken(KEY, SECRET).to_jwt()
    odd = api.AccessToken(KEY, SECRET).with_sha256("%%%").to_jwt()
    none = jwt.encode({"iss": KEY, "sha256": ""}, "", algorithm="none")
    other = sign(body, "another secret that is as long as it needs to be")
    forged = edit(body, event="participant_left")
    cases = [(forged, token), (body, other), (body, ""), (body, "x.y.z"), (body, unsigned), (body, odd), (body, none)]
    for text, with_token in cases:
        with pytest.raises(WebhookRefused):
            engine.read_webhook(text, with_token)
    with pytest.raises(WebhookRefused, match="no webhook"):
        engine.read_webhook(b"\xff{", sign(b"\xff{"))
    strange = edit(body, event="egress_started")
    assert engine.read_webhook(strange, sign(strange)) is None
    assert len(told.of(Connected)) == 1


async def test_a_node_that_begins_later_knows_who_is_there_and_ends_what_nobody_granted(cluster: Cluster) -> None:
    first, _ = await cluster.node("r")
    await first.grant("r", "host", 0)
    await first.grant("r", "gone", 1)
    host = await cluster.livekit.join((await first.prepare("r", "host")).ticket)
    gone = await cluster.livekit.join((await first.prepare("r", "gone")).ticket)
    watcher = await cluster.livekit.join((await first.prepare("r", "watcher", watch=True)).ticket)
    await cluster.settle()
    for visitor in (host, gone):
        await visitor.publish(Kind.VIDEO)
    cluster.engines.remove(first)
    await first.stop()
    second, told = await cluster.node()
    await second.grant("r", "host", 0)
    await second.resume("r", ())
    await cluster.settle()
    assert {event.user_id for event in told.of(Connected)} == {"host", "gone", "watcher"}
    assert (host.sends(), gone.sends()) == ({Kind.VIDEO}, set())
    assert watcher.sees() == {("host", Kind.VIDEO)}, "watchers of another node go on"


async def test_a_node_without_the_room_does_not_touch_it(cluster: Cluster) -> None:
    engine, _ = await cluster.node("r")
    _, told = await cluster.node("another")
    await engine.grant("r", "host", 0)
    host = await cluster.livekit.join((await engine.prepare("r", "host")).ticket)
    await cluster.settle()
    await host.publish(Kind.AUDIO)
    assert host.sends() == {Kind.AUDIO}
    assert not told.events


async def test_another_node_puts_out_nobody_whom_it_does_not_know(cluster: Cluster) -> None:
    engine, _ = await cluster.node("r")
    await cluster.node("r")
    watcher = await cluster.livekit.join((await engine.prepare("r", "watcher", watch=True)).ticket)
    await engine.grant("r", "host", 0)
    host = await cluster.livekit.join((await engine.prepare("r", "host")).ticket)
    await cluster.settle()
    await engine.grant("r", "host", 0)
    await host.publish(Kind.VIDEO)
    assert watcher.sees() == {("host", Kind.VIDEO)}


@pytest.mark.parametrize("failure", [(503, "unavailable"), (500, "internal"), (401, "unauthenticated")])
async def test_a_call_that_fails_is_said_to_and_may_be_tried_again(cluster: Cluster, failure: tuple[int, str]) -> None:
    engine, _ = await cluster.node("r")
    guest = await cluster.livekit.join((await engine.prepare("r", "guest")).ticket)
    await cluster.settle()
    cluster.livekit.fails["UpdateParticipant"] = failure
    with pytest.raises(MediaUnavailable) as refused:
        await engine.grant("r", "guest", 1)
    assert refused.value.retryable
    cluster.livekit.fails.clear()
    await engine.grant("r", "guest", 1)
    await guest.publish(Kind.VIDEO)


async def test_a_server_that_is_away_is_said_to_be(cluster: Cluster) -> None:
    engine = LiveKitEngine(LiveKitTerms("http://127.0.0.1:9", "ws://127.0.0.1:9", KEY, SECRET), FakeClock())
    with pytest.raises(MediaUnavailable):
        await engine.resume("r", ())
    await engine.start()
    with pytest.raises(MediaUnavailable):
        await engine.resume("r", ())
    assert (await engine.prepare("r", "u")).ticket, "tickets are made here"
    await engine.stop()


async def test_offers_are_not_answered(cluster: Cluster) -> None:
    engine, _ = await cluster.node("r")
    with pytest.raises(MediaUnsupported, match="LiveKit"):
        await engine.answer("x", "v=0")


@pytest.fixture
async def terms(livekit: FakeLiveKit) -> LiveKitTerms:
    """A real server where the environment names one, as LiveKit's own tools are told; elsewhere that of these tests."""
    url = os.environ.get("LIVEKIT_URL")
    if url is None:
        return LiveKitTerms(livekit.url, livekit.url, KEY, SECRET)
    return LiveKitTerms(url, url, os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])


async def test_calls_about_people_who_are_not_there_are_no_errors(terms: LiveKitTerms) -> None:
    calls = Calls(terms)
    calls.open()
    room = "liveroom-test-" + base64.b32encode(os.urandom(5)).decode().lower()
    assert list(await calls.find_people(room)) == []
    await calls.permit(room, "nobody", make_permission(frozenset({Kind.AUDIO}), receives=True), is_here=False)
    await calls.mute(room, "nobody", Kind.AUDIO, True)
    await calls.remove(room, "nobody")
    await calls.delete_room(room)
    await calls.close()


async def test_tokens_are_taken_by_the_server(terms: LiveKitTerms) -> None:
    engine = LiveKitEngine(terms, FakeClock())
    ticket = await engine.prepare("r", "guest")
    address = terms.url.replace("ws", "http", 1) if terms.url.startswith("ws") else terms.url
    async with httpx.AsyncClient(timeout=60) as http:
        good = await http.get(f"{address}/rtc/validate", params={"access_token": ticket.ticket})
        bad = await http.get(f"{address}/rtc/validate", params={"access_token": ticket.ticket[:-4] + "AAAA"})
    assert (good.status_code, good.text) == (200, "success")
    assert bad.status_code == 401


async def test_a_key_that_the_server_does_not_know_is_no_reason_to_end(livekit: FakeLiveKit) -> None:
    calls = Calls(LiveKitTerms(livekit.url, livekit.url, KEY, "a secret of somebody else, just as long as ours"))
    calls.open()
    with pytest.raises(MediaUnavailable):
        await calls.find_people("r")
    await calls.close()


async def test_the_stand_in_refuses_what_livekit_refuses(livekit: FakeLiveKit) -> None:
    with pytest.raises(Refused):
        await livekit.join(api.AccessToken(KEY, SECRET).with_identity("u").with_grants(api.VideoGrants()).to_jwt())
