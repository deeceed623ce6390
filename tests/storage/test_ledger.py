"""The ledger answers after the commit, exactly once by key, and one bad fact harms nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import DatabaseUnavailable, Refusal
from liveroom.rooms.ledger import Answer, Decision, Fact, Ledger, LedgerLimits, Loaded, Verdict
from liveroom.rooms.ledger.facts import BODY_BYTES, TEXT_CHARS
from liveroom.rooms.storage.database import Database
from tests.storage.desk import AT_MS, Coupons, Desk, claim
from tests.support.clock import FakeClock


@pytest.fixture
async def open_desk(desk: Desk) -> Desk:
    """A process that writes and sends."""
    return await desk.start()


async def count_facts(desk: Desk) -> int:
    """Facts that are committed."""
    async with desk.database.read() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM facts")) or 0)


def result(answer: Answer | BaseException) -> Any:
    """The word of an answer, or the code of a refusal."""
    return orjson.loads(answer.data)["result"] if isinstance(answer, Answer) else getattr(answer, "code", answer)


async def test_an_answer_means_that_the_fact_is_committed(open_desk: Desk) -> None:
    """It can be read by others at once."""
    answer = await open_desk.ledger.write(claim("u1"))
    assert answer == Answer(b'{"result":"granted","number":1}')
    assert await count_facts(open_desk) == 1


async def test_facts_that_arrive_meanwhile_are_written_together(open_desk: Desk) -> None:
    """A thousand facts in a handful of transactions, none larger than the bound."""
    answers = await open_desk.claim_all([claim(f"u{n}") for n in range(1000)])
    assert [orjson.loads(answer.data)["number"] for answer in answers if isinstance(answer, Answer)] == [
        *range(1, 1001)
    ]
    assert len(open_desk.coupons.batches) < 10
    assert max(open_desk.coupons.batches) <= LedgerLimits().batch


async def test_a_repeat_gets_the_first_answer(open_desk: Desk) -> None:
    """Also when it comes in the same moment, and later, and from another process after a restart."""
    first, *repeats = await open_desk.claim_all([claim("u1")] * 3)
    again = await open_desk.ledger.write(claim("u1"))
    next_one = await Desk(open_desk.database, open_desk.clock).start()
    later = await next_one.ledger.write(claim("u1"))
    await next_one.stop()
    assert isinstance(first, Answer)
    assert not first.duplicate
    assert {*repeats, again, later} == {Answer(first.data, duplicate=True)}
    assert await count_facts(open_desk) == 1


async def test_the_same_key_with_another_body_is_a_conflict(open_desk: Desk) -> None:
    """In the same moment and later; the first stays."""
    answers = await open_desk.claim_all([claim("u1", price=1), claim("u1", price=2), claim("u1", scope="c2", price=1)])
    assert [result(answer) for answer in answers] == ["granted", ErrorCode.KEY_CONFLICT, ErrorCode.KEY_CONFLICT]
    with pytest.raises(Refusal) as refused:
        await open_desk.ledger.write(claim("u1", price=3))
    assert refused.value.code == ErrorCode.KEY_CONFLICT
    assert await count_facts(open_desk) == 1


async def test_a_key_belongs_to_its_subject(open_desk: Desk) -> None:
    """Two people may make the same key."""
    answers = await open_desk.claim_all([claim("u1"), claim("u2")])
    assert [result(answer) for answer in answers] == ["granted", "granted"]


async def test_what_each_has_is_counted_within_and_over_batches(open_desk: Desk) -> None:
    """One for each subject and scope."""
    now = await open_desk.claim_all([claim("u1", "k1"), claim("u1", "k2"), claim("u1", "k3", scope="c2")])
    later = await open_desk.ledger.write(claim("u1", "k4"))
    assert [result(answer) for answer in now] == ["granted", "already_claimed", "granted"]
    assert result(later) == "already_claimed"


async def test_stock_is_never_exceeded_and_a_refusal_is_not_kept(database: Database, clock: FakeClock) -> None:
    """Of 300 that want one, 100 get it; the same key is decided anew when there is stock again."""
    desk = await Desk(database, clock, stock=100, limits=LedgerLimits(batch=32)).start()
    answers = await desk.claim_all([claim(f"u{n}") for n in range(300)])
    assert [result(answer) for answer in answers] == ["granted"] * 100 + [ErrorCode.WRONG_STATE] * 200
    assert await count_facts(desk) == 100
    desk.coupons.stock = 101
    assert result(await desk.ledger.write(claim("u299"))) == "granted"
    await desk.stop()


async def test_a_decider_that_fails_on_one_fact_fails_only_that_one(open_desk: Desk) -> None:
    """The batch is halved until it stands alone."""
    facts = [claim(f"u{n}", poison=True) if n in (7, 100) else claim(f"u{n}") for n in range(200)]
    answers = await open_desk.claim_all(facts)
    assert [n for n, answer in enumerate(answers) if result(answer) == ErrorCode.INTERNAL] == [7, 100]
    assert await count_facts(open_desk) == 198


class Tickets(Coupons):
    """A decider with a table of its own, in which a seat is taken once."""

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Take the seat that is asked for, without looking."""
        verdicts = [Verdict(b'{"result":"granted"}') for _ in facts]
        return Decision(verdicts, own=[{"seat": orjson.loads(fact.body)["seat"]} for fact in facts])

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Any:
        """All seats that are taken."""
        return (await connection.execute(text("SELECT seat FROM seats"))).scalars().all()

    async def store(self, connection: AsyncConnection, own: Any) -> None:
        """Take them."""
        await connection.execute(text("INSERT INTO seats (seat) VALUES (:seat)"), own)


async def test_a_row_that_breaks_a_unique_key_fails_alone(desk: Desk) -> None:
    """What the decider did not see, the database does; neighbours are written."""
    async with desk.database.write() as connection:
        await connection.execute(text("CREATE TABLE seats (seat INTEGER PRIMARY KEY)"))
    ledger = Ledger(desk.database, desk.outbox, desk.relay, {"claim": Tickets(0)}, desk.clock)
    ledger.start()
    writes = [ledger.write(claim(f"u{n}", seat=n % 30)) for n in range(31)]
    answers = await asyncio.gather(*writes, return_exceptions=True)
    await ledger.stop()
    assert [result(answer) for answer in answers] == ["granted"] * 30 + [ErrorCode.INTERNAL]


async def test_kinds_share_a_transaction_and_see_each_other(desk: Desk) -> None:
    """Both count on the same counter."""
    deciders = {"claim": Coupons(2), "gift": Coupons(2)}
    ledger = Ledger(desk.database, desk.outbox, desk.relay, deciders, desk.clock)
    ledger.start()
    gift = Fact("gift", "r1", "c1", "u3", "k1", b"{}", AT_MS)
    writes = [ledger.write(fact) for fact in (claim("u1"), claim("u2"), gift)]
    answers = await asyncio.gather(*writes, return_exceptions=True)
    await ledger.stop()
    assert [result(answer) for answer in answers] == ["granted", "granted", ErrorCode.WRONG_STATE]


async def test_a_long_queue_is_refused_at_once(database: Database, clock: FakeClock) -> None:
    """`overloaded` with a time; nothing of it is carried out, and what was taken is."""
    desk = await Desk(database, clock, limits=LedgerLimits(queue=50)).start()
    answers = await desk.claim_all([claim(f"u{n}") for n in range(80)])
    refused = [answer for answer in answers if isinstance(answer, RealtimeError)]
    assert [answer.code for answer in refused] == [ErrorCode.OVERLOADED] * 30
    assert all(answer.retry_after_ms for answer in refused)
    assert await count_facts(desk) == 50
    await desk.stop()


async def test_a_fact_that_waited_too_long_is_not_carried_out(desk: Desk, clock: FakeClock) -> None:
    """Who sent it has given up long ago."""
    desk.ledger.start()
    late = asyncio.ensure_future(desk.ledger.write(claim("u1")))
    await asyncio.sleep(0)
    clock.advance(2_001)
    with pytest.raises(RealtimeError) as refused:
        await late
    assert refused.value.code == ErrorCode.OVERLOADED
    assert await count_facts(desk) == 0


async def test_a_sender_that_hangs_holds_back_the_ledger_in_the_end(database: Database, clock: FakeClock) -> None:
    """Rows that cannot be sent do not grow without bound."""
    desk = await Desk(database, clock, limits=LedgerLimits(batch=1, unsent=3)).start()
    desk.sent.gate.clear()
    for n in range(4):
        await desk.ledger.write(claim(f"u{n}"))
    with pytest.raises(RealtimeError) as refused:
        await desk.ledger.write(claim("u4"))
    assert refused.value.code == ErrorCode.OVERLOADED
    desk.sent.gate.set()
    await desk.relay.drain()
    assert result(await desk.ledger.write(claim("u4"))) == "granted"
    await desk.stop()


async def test_who_gives_up_waiting_harms_nobody(open_desk: Desk) -> None:
    """Their fact may or may not be written; the others are answered."""
    waiting = [asyncio.ensure_future(open_desk.ledger.write(claim(f"u{n}"))) for n in range(20)]
    await asyncio.sleep(0)
    for task in waiting[::2]:
        task.cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [result(answer) for answer in answers[1::2]] == ["granted"] * 10


async def fill_disk(database: Database) -> None:
    """No page more than now."""
    async with database.write() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count={pages}"))


async def cut_connections(database: Database) -> None:
    """All of this database, as a restart of the server does."""
    other = Database(database.url)
    async with other.read() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        await connection.execute(text(f"{cut} AND pid <> pg_backend_pid()"))
    await other.close()


async def test_an_outage_is_told_and_the_same_facts_can_be_sent_again(open_desk: Desk) -> None:
    """A full disk, a server that went away: retryable; afterwards each takes effect once."""
    database = open_desk.database
    facts = [claim(f"u{n}", text="x" * 1000) for n in range(100)]
    assert result(await open_desk.ledger.write(claim("first"))) == "granted"
    await (fill_disk if database.dialect == "sqlite" else cut_connections)(database)
    answers = await open_desk.claim_all(facts)
    assert {getattr(answer, "reason", None) for answer in answers} <= {"full", "gone"}
    assert all(isinstance(answer, DatabaseUnavailable) and answer.retryable for answer in answers)
    if database.dialect == "sqlite":
        async with database.write() as connection:
            await connection.execute(text("PRAGMA max_page_count=1000000"))
    assert [result(answer) for answer in await open_desk.claim_all(facts)] == ["granted"] * 100
    assert await count_facts(open_desk) == 101


async def test_what_was_accepted_is_written_before_the_end(open_desk: Desk) -> None:
    """And nothing is accepted afterwards."""
    answers: list[Answer | RealtimeError] = []
    for number in range(600):
        open_desk.ledger.enter(claim(f"u{number}"), answers.append)
    await open_desk.ledger.stop()
    assert [result(answer) for answer in answers] == ["granted"] * 600
    with pytest.raises(RealtimeError) as refused:
        await open_desk.ledger.write(claim("u9"))
    assert refused.value.code == ErrorCode.UNAVAILABLE


@pytest.mark.parametrize("field", ["kind", "room", "scope", "subject", "key"])
@pytest.mark.parametrize("value", ["", "a\0b", "\ud800", "x" * (TEXT_CHARS + 1)], ids=["empty", "nul", "half", "long"])
def test_text_that_a_database_refuses_is_refused_before(field: str, value: str) -> None:
    """By the name of the field."""
    fields: dict[str, Any] = {"kind": "claim", "room": "r", "scope": "c", "subject": "u", "key": "k"}
    with pytest.raises(Refusal) as refused:
        Fact(**(fields | {field: value}), body=b"{}", at_ms=AT_MS)
    assert refused.value.facts["field"] == field


def test_a_body_or_time_out_of_bounds_is_refused() -> None:
    """A stranger may have a part in both."""
    for body, at_ms, field in ((b"x" * (BODY_BYTES + 1), 0, "data"), (b"\0", 0, "data"), (b"{}", 2**63, "at_ms")):
        with pytest.raises(Refusal) as refused:
            Fact("claim", "r", "c", "u", "k", body, at_ms)
        assert refused.value.facts["field"] == field


async def test_a_kind_nobody_rules_on_is_refused(open_desk: Desk) -> None:
    """Before it is queued."""
    with pytest.raises(Refusal):
        await open_desk.ledger.write(Fact("vote", "r", "c", "u", "k", b"{}", AT_MS))


async def test_a_lock_that_is_lost_is_tried_again(open_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadlock between processes is nobody's fault and is not told."""
    write = open_desk.ledger._writing.write
    lost = iter([DatabaseUnavailable("locked"), DatabaseUnavailable("locked")])

    async def lose_twice(batch: Sequence[Fact], now_ms: int) -> Any:
        for error in lost:
            raise error
        return await write(batch, now_ms)

    monkeypatch.setattr(open_desk.ledger._writing, "write", lose_twice)
    assert result(await open_desk.ledger.write(claim("u1"))) == "granted"
