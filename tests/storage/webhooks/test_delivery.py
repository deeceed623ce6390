"""Webhooks arrive signed, in order, and whatever a receiver does ends with a name and disturbs nobody else."""

from __future__ import annotations

import json
import socket
from dataclasses import replace

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from liveroom.rooms.webhook_events import webhook_batch, webhook_message
from liveroom.rooms.webhooks.deliveries import DeliveryState
from liveroom.rooms.webhooks.endpoint import EndpointState, add_secret, drop_secret, switch
from tests.storage.webhooks.office import HASTY_S, PAUSES_S, TIMEOUT_S, Office
from tests.storage.webhooks.receiver import Answer, Receiver, running_receiver
from tests.support.clock import FakeClock
from tests.support.own_time import OwnTime

PENDING, DELIVERED, DEAD = DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.DEAD


async def test_an_event_arrives_signed_and_in_the_documented_form(office: Office, receiver: Receiver) -> None:
    endpoint = await office.register(receiver.url)
    await office.commit(webhook_message("r1", "coupon.granted", {"coupon": "c1", "名": "小满"}))
    await office.settle()
    (got,) = receiver.got
    told = Webhook(endpoint.secrets[0].text).verify(got.body, got.headers)
    assert told.pop("timestamp").endswith("Z")
    assert told == {"id": got.id, "type": "coupon.granted", "room": "r1", "data": {"coupon": "c1", "名": "小满"}}
    assert (got.path, got.headers["content-type"]) == ("/hook", "application/json")
    (delivery,) = await office.list(endpoint, DELIVERED)
    assert (delivery.event, delivery.attempts, delivery.last_status) == (got.id, 1, 200)


async def test_events_of_a_room_arrive_in_their_order(office: Office, receiver: Receiver) -> None:
    await office.register(receiver.url)
    for number in range(0, 90, 3):
        await office.tell(number, number + 1, number + 2, room=f"r{number % 2}")
    await office.settle()
    rooms: dict[str, list[int]] = {}
    for got in receiver.got:
        rooms.setdefault(json.loads(got.body)["room"], []).append(got.data["number"])
    assert {len(numbers) for numbers in rooms.values()} == {45}
    assert all(numbers == sorted(numbers) for numbers in rooms.values())
    assert len({got.id for got in receiver.got}) == 90


async def test_events_of_one_transaction_can_share_a_row(office: Office, receiver: Receiver) -> None:
    await office.register(receiver.url, "gift.settled")
    events = [(type_, {"number": number}) for number in range(3) for type_ in ("gift.settled", "order.recorded")]
    await office.commit(webhook_batch("r1", events))
    await office.settle()
    assert [got.data["number"] for got in receiver.got] == [0, 1, 2]
    assert len({got.id for got in receiver.got}) == 3


async def test_only_what_was_asked_for_is_told(office: Office, receiver: Receiver) -> None:
    endpoint = await office.register(receiver.url, "show.ended", room="r1")
    for room in ("r1", "r2"):
        for type_ in ("show.started", "show.ended"):
            await office.tell(1, room=room, type_=type_)
    await office.settle()
    assert [(json.loads(got.body)["room"], json.loads(got.body)["type"]) for got in receiver.got] == [
        ("r1", "show.ended")
    ]
    await office.endpoints.change(endpoint.id, lambda one: switch(one, is_active=False, who="u1"), 0, "u1")
    await office.tell(2, type_="show.ended")
    await office.settle()
    assert len(receiver.got) == 1


async def test_a_failure_is_tried_again_later_under_the_same_id_and_holds_up_nothing(
    office: Office, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(500), Answer(200)]
    await office.tell(1, 2)
    await office.settle()
    assert [got.data["number"] for got in receiver.got] == [1, 2]
    (waiting,) = await office.list(endpoint, PENDING)
    assert (waiting.attempts, waiting.last_status, waiting.last_outcome) == (1, 500, "refused")
    await office.pass_time(clock, PAUSES_S[0] - 1)
    assert len(receiver.got) == 2
    await office.pass_time(clock, 3)
    assert [got.data["number"] for got in receiver.got] == [1, 2, 1]
    assert receiver.got[0].id == receiver.got[2].id
    assert not await office.list(endpoint, PENDING)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "status"),
    [
        (Answer(503), "refused", 503),
        (Answer(404, body=b"x" * 10_000_000), "refused", 404),
        (Answer(302, {"location": "/elsewhere"}), "redirected", 302),
        ("hang", "timed_out", None),
        ("drip", "timed_out", None),
        ("garbage", "broken", None),
        ("cut", "broken", None),
    ],
)
async def test_whatever_a_receiver_does_has_a_name_and_is_tried_again(
    office: Office, receiver: Receiver, clock: FakeClock, behaviour: Answer | str, outcome: str, status: int | None
) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [behaviour]
    office.poster.timeout_s = HASTY_S if outcome == "timed_out" else TIMEOUT_S
    await office.tell(1)
    async with OwnTime() as spent:
        await office.settle()
    assert spent.s < TIMEOUT_S / 2
    (waiting,) = await office.list(endpoint, PENDING)
    assert (waiting.last_outcome, waiting.last_status) == (outcome, status)
    # A try that is over in a moment may be over before anything was sent.
    assert [got.path for got in receiver.got] in (["/hook"], [] if outcome == "timed_out" else ["/hook"])
    assert office.heard.outcomes == [outcome]
    office.poster.timeout_s = TIMEOUT_S
    receiver.plan = [Answer(204, body=b"")]
    await office.pass_time(clock, PAUSES_S[0] + 1)
    assert [each.attempts for each in await office.list(endpoint, DELIVERED)] == [2]


async def test_nobody_there_has_a_name_too(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    endpoint = await office.register(f"http://127.0.0.1:{port}/")
    await office.tell(1)
    await office.settle()
    assert [each.last_outcome for each in await office.list(endpoint, PENDING)] == ["unreachable"]


async def test_of_a_long_answer_only_the_beginning_is_read(office: Office, receiver: Receiver) -> None:
    size = 50_000_000
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(200, body=b"x" * size)]
    await office.tell(1)
    await office.settle()
    assert len(await office.list(endpoint, DELIVERED)) == 1
    await receiver.close()
    assert [sent < size // 2 for sent in receiver.cut_after] == [True]


async def test_a_receiver_that_hangs_holds_up_no_other(office: Office, receiver: Receiver) -> None:
    async with running_receiver() as hanging:
        hanging.plan = ["hang"]
        await office.register(hanging.url)
        await office.register(receiver.url)
        await office.tell(0)
        await hanging.wait_for(lambda got: len(got) == 1)
        await office.tell(*range(1, 10))
        await receiver.wait_for(lambda got: len(got) == 10)
        assert len(hanging.got) == 1
        hanging.plan = [Answer()]
        hanging.let_go.set()
        await hanging.wait_for(lambda got: len(got) == 10)
        await office.settle()


async def test_a_receiver_that_is_gone_is_left_alone(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(410)]
    await office.tell(1, 2, 3)
    await office.settle()
    tried = len(receiver.got)
    found = await office.endpoints.find(endpoint.id)
    assert (found.state, found.disabled_by) == (EndpointState.DISABLED, "receiver")
    await office.housekeeping.run_once()
    await office.tell(4)
    await office.pass_time(clock, 1_000)
    assert len(receiver.got) == tried
    dead = await office.list(endpoint, DEAD)
    assert [each.last_outcome for each in dead] == ["gone", "disabled", "disabled"]
    receiver.plan = [Answer()]
    await office.endpoints.change(endpoint.id, lambda one: switch(one, is_active=True, who="u1"), 0, "u1")
    assert await office.letters.resend_dead(endpoint.id, clock.now_ms()) == 3
    office.courier.wake([endpoint.id])
    await office.settle()
    assert [got.data["number"] for got in receiver.got[tried:]] == [1, 2, 3]


async def test_a_gone_of_the_old_url_does_not_disable_the_new_one(office: Office, receiver: Receiver) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(410, is_late=True)]
    await office.tell(1)
    await receiver.wait_for(lambda got: len(got) == 1)
    await office.endpoints.change(endpoint.id, lambda one: replace(one, url=f"{receiver.url}/new"), 0, "u1")
    receiver.let_go.set()
    await office.settle()
    assert office.heard.outcomes == ["gone"]
    assert (await office.endpoints.find(endpoint.id)).state is EndpointState.ACTIVE


async def test_after_the_last_try_a_delivery_is_dead_and_can_be_sent_again(
    office: Office, receiver: Receiver, clock: FakeClock
) -> None:
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(500)]
    await office.tell(1)
    await office.settle()
    for tries, pause_s in enumerate(PAUSES_S, start=1):
        assert len(receiver.got) == tries
        await office.pass_time(clock, pause_s + 1)
    (dead,) = await office.list(endpoint, DEAD)
    assert (dead.attempts, dead.settled_at_ms is not None) == (len(PAUSES_S) + 1, True)
    await office.pass_time(clock, 10_000)
    assert len(receiver.got) == len(PAUSES_S) + 1
    receiver.plan = [Answer()]
    await office.letters.resend(endpoint.id, dead.event, clock.now_ms())
    office.courier.wake([endpoint.id])
    await office.settle()
    assert {got.id for got in receiver.got} == {dead.event}
    assert [each.attempts for each in await office.list(endpoint, DELIVERED)] == [1]


async def test_a_receiver_that_asks_for_a_pause_gets_it_for_everything(
    office: Office, receiver: Receiver, clock: FakeClock
) -> None:
    await office.register(receiver.url)
    receiver.plan = [Answer(429, {"retry-after": "60"}), Answer()]
    await office.tell(*range(5))
    await office.settle()
    assert len(receiver.got) == 1
    await office.tell(5)
    await office.pass_time(clock, 58)
    assert len(receiver.got) == 1
    await office.pass_time(clock, 4)
    assert [got.data["number"] for got in receiver.got[1:]] == [1, 2, 3, 4, 5, 0]


async def test_a_pause_without_end_is_an_hour(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    await office.register(receiver.url)
    receiver.plan = [Answer(503, {"retry-after": "999999999"}), Answer()]
    await office.tell(1)
    await office.settle()
    await office.pass_time(clock, 3_590)
    assert len(receiver.got) == 1
    await office.pass_time(clock, 20)
    assert len(receiver.got) == 2


async def test_while_two_secrets_are_live_both_verify(office: Office, receiver: Receiver, clock: FakeClock) -> None:
    endpoint = await office.register(receiver.url)
    (old,) = endpoint.secrets
    both = await office.endpoints.change(endpoint.id, lambda one: add_secret(one, clock.now_ms()), 0, "u1")
    await office.tell(1)
    await office.settle()
    for secret in both.secrets:
        Webhook(secret.text).verify(receiver.got[0].body, receiver.got[0].headers)
    await office.endpoints.change(endpoint.id, lambda one: drop_secret(one, old.id), 0, "u1")
    await office.tell(2)
    await office.settle()
    Webhook(both.secrets[1].text).verify(receiver.got[1].body, receiver.got[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old.text).verify(receiver.got[1].body, receiver.got[1].headers)


async def test_more_than_one_transaction_can_hold_is_kept_in_order(office: Office, receiver: Receiver) -> None:
    """The fan-out writes in slices, the courier reads in rounds."""
    endpoint = await office.register(receiver.url)
    receiver.plan = [Answer(503, {"retry-after": "600"})]
    await office.commit(*(webhook_batch("r1", [("gift.settled", {"n": n})] * 700) for n in range(4)))
    await office.settle()
    assert (await office.tallies.count())[0].pending == 4 * 700
    waiting = await office.list(endpoint, PENDING)
    assert [json.loads(each.body)["data"]["n"] for each in waiting] == [0] * 700 + [1] * 300


async def test_an_event_that_comes_while_a_look_ends_is_sent_at_once(
    office: Office, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.register(receiver.url)
    release, late = office.endpoints.release, [2]

    async def release_late(endpoint_id: str, holder: str, rest_until_ms: int = 0) -> None:
        if late:
            await office.tell(late.pop())
            await office.relay.drain()
        await release(endpoint_id, holder, rest_until_ms)

    monkeypatch.setattr(office.endpoints, "release", release_late)
    await office.tell(1)
    await office.settle()
    assert [got.data["number"] for got in receiver.got] == [1, 2]
