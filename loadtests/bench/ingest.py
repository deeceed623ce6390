"""Commands decoded and answered by one process, as many as it can take.

Staff send, because viewers are slowed down on purpose. Each comment is also numbered, kept for those who
resume, and written to the members of its room; a batch of likes is added to the room's total. The plain
form beside it only decodes, checks and acknowledges.
"""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from loadtests.bench.compare import describe_cores, describe_run
from loadtests.bench.contenders import Contender
from loadtests.bench.dialects import Dialect, LiveDialect, PlainDialect
from loadtests.bench.dialer import Attempt, Dialer, Joined
from loadtests.bench.live_server import LiveServer
from loadtests.bench.machine import Cores, describe_machine, pick_cores, pinned
from loadtests.bench.messages import TextMaker
from loadtests.bench.peers import INGEST, Peer
from loadtests.bench.pipeline import MakeCommand, Pipeline, Tally
from loadtests.bench.progress import Progress
from loadtests.bench.servers import ServerProcess
from loadtests.bench.spent import observe, without_collections
from loadtests.bench.stage import run_server
from loadtests.bench.verdict import find_generator_limits

WARMUP_S: Final = 1.0
DRAIN_S: Final = 5.0
TYPES: Final = ("comment.send", "like.send")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a server."""

    sockets: int
    rooms: int
    depth: int
    seconds: float
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure both forms, and return the report. Raises BenchError."""
    cores = pick_cores()
    machine = describe_machine()
    rooms = tuple(f"bench-{n}" for n in range(plan.rooms))
    with pinned(cores.generator):
        progress.tell(describe_cores(cores))
        live: list[Dialect] = [LiveDialect(room) for room in rooms]
        own = _measure(LiveServer(plan.sockets, plan.sockets, rooms), live, plan, cores, progress)
        plain = _measure(Peer(INGEST), [PlainDialect()], plan, cores, progress)
    limits = [f"{kind}: {why}" for kind, figures in own.items() for why in figures["generator_limits"]]
    ratios = {kind: round(own[kind]["commands_per_cpu_s"] / plain[kind]["commands_per_cpu_s"], 1) for kind in TYPES}
    return {
        "sockets": plan.sockets,
        "rooms": plan.rooms,
        "unanswered_per_socket": plan.depth,
        "commands": own,
        "plain": {INGEST: plain},
        "ratios": ratios,
        "correct": all(not figures["refused"] and not figures["unanswered"] for figures in own.values()),
        "generator_was_the_limit": bool(limits),
        "generator_limits": limits,
        **describe_run(plan.seed, cores, machine),
    }


def _measure(
    contender: Contender, dialects: Sequence[Dialect], plan: Plan, cores: Cores, progress: Progress
) -> dict[str, Any]:
    with run_server(contender, cores) as (server, port):
        senders = Senders(plan, contender, dialects, port)
        try:
            figures: dict[str, Any] = {}
            for kind in TYPES:
                progress.tell(f"{contender.name}: {kind} from {plan.sockets} sockets for {plan.seconds:g} s")
                figures[kind] = senders.perform(kind, server)
            return figures
        finally:
            senders.close()


class Senders:
    """All pipelines to one server."""

    def __init__(self, plan: Plan, contender: Contender, dialects: Sequence[Dialect], port: int) -> None:
        """Connect them, in turn to each room. Raises JoinRefused."""
        self._plan = plan
        self._texts = TextMaker(plan.seed)
        self._said = 0
        self._poller = select.epoll()
        self._pipelines: dict[int, tuple[Pipeline, str]] = {}
        for number in range(plan.sockets):
            dialect = dialects[number % len(dialects)]
            room = f"bench-{number % plan.rooms}"
            self._connect(Dialer(dialect, port, self._seat_in(room), plan.seed + number), contender, number)

    def _seat_in(self, room: str) -> Joined:
        def seat(attempt: Attempt, position: int, rest: bytes) -> None:
            pipeline = Pipeline(attempt.seat, self._plan.depth, rest)
            self._pipelines[attempt.seat.fileno()] = (pipeline, room)
            self._poller.register(attempt.seat.fileno(), select.EPOLLIN)

        return seat

    @staticmethod
    def _connect(dialer: Dialer, contender: Contender, number: int) -> None:
        try:
            dialer.dial(contender.make_speaker_token(number))
            while dialer.under_way:
                dialer.poll(0.05)
                dialer.check_deadline()
        finally:
            dialer.close()

    def perform(self, kind: str, server: ServerProcess) -> dict[str, Any]:
        """Keep every pipeline full of one kind of command, measure, and wait for the last answers."""
        makers = {room: self._make_maker(kind, room) for _, room in self._pipelines.values()}
        with without_collections():
            self._follow(makers, Tally(), WARMUP_S)
            tally = Tally()
            spent = observe(server, lambda: self._follow(makers, tally, self._plan.seconds))
            answers = tally.answers
            self._follow({}, tally, DRAIN_S)
        limits = find_generator_limits(spent.generator_cpu, 0.0, 0, 0)
        return {
            "commands_per_s": round(answers / spent.marks.seconds),
            "commands_per_cpu_s": max(1, round(answers / max(spent.server_cpu_s, 0.01))),
            "p50_ms": tally.latency.percentile_ms(50),
            "p99_ms": tally.latency.percentile_ms(99),
            "refused": dict(tally.refusals),
            "unanswered": sum(pipeline.unanswered for pipeline, _ in self._pipelines.values()),
            "server_cpu": round(spent.server_cpu, 3),
            "generator_cpu": round(spent.generator_cpu, 3),
            "generator_limits": limits,
        }

    def _follow(self, makers: dict[str, MakeCommand], tally: Tally, seconds: float) -> None:
        """Keep the pipelines full; without makers only read, until nothing is unanswered."""
        limit = time.monotonic() + seconds
        if makers:
            for pipeline, room in self._pipelines.values():
                pipeline.fill(makers[room])
        while time.monotonic() < limit:
            for fd, _ in self._poller.poll(0.05):
                pipeline, room = self._pipelines[fd]
                pipeline.hear(tally)
                if makers:
                    pipeline.fill(makers[room])
            if not makers and not any(pipeline.unanswered for pipeline, _ in self._pipelines.values()):
                return

    def _make_maker(self, kind: str, room: str) -> MakeCommand:
        if kind == "like.send":
            return lambda number: orjson.dumps({"id": number, "type": kind, "room": room, "data": {"count": 1}})
        dialect = LiveDialect(room)

        def say(number: int) -> bytes:
            self._said += 1
            return dialect.say(number, self._texts.make(self._said, time.monotonic_ns()))

        return say

    def close(self) -> None:
        """Close every socket."""
        for pipeline, _ in self._pipelines.values():
            pipeline.seat.close()
        self._poller.close()
