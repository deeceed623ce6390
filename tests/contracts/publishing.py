"""Publishing: numbers, order, and effects that take place once however often a command is sent."""

from __future__ import annotations

import asyncio

from liveroom.realtime.backplane.base import KEY_TTL_S, Backplane, Event, Key, Outcome, Position, Publication
from tests.contracts.engine import Engine, EngineFixtures, said
from tests.contracts.receiver import RecordingReceiver


class PublishingContract(EngineFixtures):
    """Numbering, order and keys."""

    async def test_events_are_numbered_from_one_without_a_hole(self, backplane: Backplane) -> None:
        first = await backplane.publish("r", [said("a", "b"), said("c")])
        second = await backplane.publish("r", [said("d")])
        assert [each.position.seq for each in first + second] == [2, 3, 4]
        assert [each.outcome for each in first + second] == [Outcome.FRESH] * 3
        assert len({each.position.epoch for each in first + second}) == 1

    async def test_rooms_are_numbered_apart(self, backplane: Backplane) -> None:
        await backplane.publish("r", [said("a", "b")])
        [result] = await backplane.publish("s", [said("c")])
        assert result.position.seq == 1

    async def test_the_events_of_one_call_stay_together_and_in_order(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.subscribe("r", 0)
        calls = [[said(f"{call}.1", f"{call}.2"), said(f"{call}.3")] for call in range(10)]
        await asyncio.gather(*(backplane.publish("r", publications) for publications in calls))
        await receiver.until(lambda: len(receiver.events) == 30)
        heard = [payload.decode() for payload in receiver.payloads("r")]
        for at in range(0, 30, 3):
            call = heard[at].split(".")[0]
            assert heard[at : at + 3] == [f"{call}.1", f"{call}.2", f"{call}.3"]

    async def test_many_publishers_at_once_lose_and_double_nothing(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.subscribe("r", 0)
        results = await asyncio.gather(*(backplane.publish("r", [said(f"n{number}")]) for number in range(200)))
        await receiver.until(lambda: len(receiver.events) == 200)
        assert receiver.seqs("r") == list(range(1, 201))
        assert sorted(result[0].position.seq for result in results) == list(range(1, 201))
        by_seq = dict(zip(receiver.seqs("r"), receiver.payloads("r"), strict=True))
        for number, [result] in enumerate(results):
            assert by_seq[result.position.seq] == f"n{number}".encode()

    async def test_kind_and_haste_of_an_event_are_kept(self, backplane: Backplane, receiver: RecordingReceiver) -> None:
        await backplane.subscribe("r", 0)
        await backplane.publish("r", [said("calm", "HASTE")])
        await receiver.until(lambda: len(receiver.events) == 2)
        assert receiver.kinds == [("said", False), ("said", True)]

    async def test_any_bytes_go_through_unchanged(self, backplane: Backplane, receiver: RecordingReceiver) -> None:
        payload = '{"text":"直播间 😀 \\u0000"}'.encode() + bytes(range(256))
        await backplane.subscribe("r", 0)
        [result] = await backplane.publish("r", [Publication((Event("said", payload),), "k", payload, payload)])
        await receiver.until(lambda: bool(receiver.events))
        assert receiver.payloads("r") == [payload]
        assert await backplane.tail("r", Position(result.position.epoch, 0)) == (result.position, [payload])
        [known] = await backplane.recall("r", [Key("k", payload)])
        assert known is not None
        assert known.answer == payload

    async def test_nothing_to_publish_is_no_fault(self, backplane: Backplane) -> None:
        assert await backplane.publish("r", []) == []

    async def test_a_repeat_returns_the_first_answer_and_takes_no_number(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.subscribe("r", 0)
        [first] = await backplane.publish("r", [said("a", "b", key="u\nk", digest=b"1", answer=b"yes")])
        await backplane.publish("r", [said("between")])
        [again] = await backplane.publish("r", [said("a", "b", key="u\nk", digest=b"1", answer=b"another")])
        assert (again.outcome, again.answer, again.position) == (Outcome.DUPLICATE, b"yes", first.position)
        [after] = await backplane.publish("r", [said("c")])
        assert after.position.seq == 4
        await receiver.fence(backplane)
        assert receiver.payloads("r") == [b"a", b"b", b"between", b"c"]

    async def test_a_repeat_within_the_same_call_is_found(self, backplane: Backplane) -> None:
        results = await backplane.publish("r", [said("a", key="k"), said("b"), said("a", key="k")])
        assert [each.outcome for each in results] == [Outcome.FRESH, Outcome.FRESH, Outcome.DUPLICATE]
        assert [each.position.seq for each in results] == [1, 2, 1]

    async def test_another_body_under_the_same_key_is_a_conflict_and_takes_no_number(
        self, backplane: Backplane
    ) -> None:
        await backplane.publish("r", [said("a", key="k", digest=b"1")])
        [conflict] = await backplane.publish("r", [said("b", key="k", digest=b"2")])
        assert conflict.outcome is Outcome.CONFLICT
        [after] = await backplane.publish("r", [said("c")])
        assert after.position.seq == 2
        [still] = await backplane.publish("r", [said("a", key="k", digest=b"1")])
        assert still.outcome is Outcome.DUPLICATE

    async def test_the_same_key_of_another_author_or_in_another_room_is_another_key(self, backplane: Backplane) -> None:
        await backplane.publish("r", [said("a", key="u1\nk", digest=b"1")])
        [author] = await backplane.publish("r", [said("b", key="u2\nk", digest=b"2")])
        [room] = await backplane.publish("s", [said("c", key="u1\nk", digest=b"3")])
        assert (author.outcome, room.outcome) == (Outcome.FRESH, Outcome.FRESH)

    async def test_a_key_is_remembered_for_its_time_and_not_for_ever(
        self, engine: Engine, backplane: Backplane
    ) -> None:
        await backplane.publish("r", [said("a", key="k", digest=b"1")])
        await engine.pass_time(KEY_TTL_S - 1)
        [again] = await backplane.publish("r", [said("a", key="k", digest=b"1")])
        assert again.outcome is Outcome.DUPLICATE
        await engine.pass_time(2)
        assert await backplane.recall("r", [Key("k", b"1")]) == [None]
        [later] = await backplane.publish("r", [said("b", key="k", digest=b"2")])
        assert later.outcome is Outcome.FRESH

    async def test_a_key_without_events_is_remembered_and_has_no_position(self, backplane: Backplane) -> None:
        await backplane.publish("r", [said("a")])
        [first] = await backplane.publish("r", [Publication(key="k", digest=b"1", answer=b"yes")])
        [again] = await backplane.publish("r", [Publication(key="k", digest=b"1")])
        assert (first.outcome, first.position.seq) == (Outcome.FRESH, 0)
        assert (again.outcome, again.position.seq, again.answer) == (Outcome.DUPLICATE, 0, b"yes")

    async def test_what_became_of_keys_can_be_asked_for(self, backplane: Backplane) -> None:
        assert await backplane.recall("r", []) == []
        await backplane.publish("r", [said("a", key="k1", digest=b"1", answer=b"yes"), said("b", key="k2")])
        keys = [Key("k1", b"1"), Key("new", b""), Key("k1", b"other"), Key("k2", b"")]
        known = await backplane.recall("r", keys)
        outcomes = [each.outcome if each else None for each in known]
        assert outcomes == [Outcome.DUPLICATE, None, Outcome.CONFLICT, Outcome.DUPLICATE]
        assert known[0] is not None
        assert (known[0].answer, known[0].position.seq) == (b"yes", 1)
        assert await backplane.recall("s", keys[:1]) == [None]

    async def test_many_senders_of_one_key_have_one_effect(
        self, backplane: Backplane, receiver: RecordingReceiver
    ) -> None:
        await backplane.subscribe("r", 0)
        results = await asyncio.gather(*(backplane.publish("r", [said("a", key="k")]) for _ in range(50)))
        outcomes = [result[0].outcome for result in results]
        assert outcomes.count(Outcome.FRESH) == 1
        assert outcomes.count(Outcome.DUPLICATE) == 49
        await receiver.fence(backplane)
        assert receiver.payloads("r") == [b"a"]
