"""`liveroom bench`: the benchmarks as commands. JSON or a table on stdout, progress on stderr.

Exit codes: 0 fine, 1 no result, 2 something was lost or wrong, 3 the generator was the limit.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from loadtests.bench import claims as claims_bench
from loadtests.bench import connections as connections_bench
from loadtests.bench import ingest as ingest_bench
from loadtests.bench import joins as joins_bench
from loadtests.bench import nodes as nodes_bench
from loadtests.bench import questions as questions_bench
from loadtests.bench import taps as taps_bench
from loadtests.bench import words as words_bench
from loadtests.bench.compare import run_fanout
from loadtests.bench.errors import BenchError
from loadtests.bench.fanout import Load
from loadtests.bench.peers import PEER_NAMES
from loadtests.bench.progress import Progress
from loadtests.bench.table import draw, draw_pairs
from loadtests.bench.verdict import EXIT_FAILED, choose_exit

_Decorated = Callable[..., None]


@click.group()
def bench() -> None:
    """Measure this machine: each command starts its own server and its own load."""


def _shared_options(command: _Decorated) -> _Decorated:
    command = click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")(command)
    command = click.option("--seed", default=1, show_default=True, help="Start of everything random.")(command)
    return click.option("--quiet", is_flag=True, help="No progress lines on stderr.")(command)


def _read_peers(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    if value == "all":
        return PEER_NAMES
    names = tuple(name.strip() for name in value.split(",") if name.strip())
    unknown = [name for name in names if name not in PEER_NAMES]
    if unknown:
        raise click.BadParameter(f"there is no peer {', '.join(unknown)}; known: {', '.join(PEER_NAMES)}")
    return names


@bench.command()
@click.option("--viewers", default=1000, show_default=True, type=click.IntRange(1, 60_000), help="Sockets that read.")
@click.option("--rate", default=300.0, show_default=True, type=click.FloatRange(0.01), help="Messages a second.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.5), help="Measured time.")
@click.option("--warmup", default=3.0, show_default=True, type=click.FloatRange(0), help="Load before it, in seconds.")
@click.option("--joins-per-s", default=700.0, show_default=True, type=click.FloatRange(1), help="Pace of connecting.")
@click.option("--speakers", default=10, show_default=True, type=click.IntRange(1, 500), help="Sockets that talk.")
@click.option(
    "--peers",
    is_flag=False,
    flag_value="all",
    callback=_read_peers,
    help=f"Also measure these, with commas; without a value all of {', '.join(PEER_NAMES)}.",
)
@_shared_options
def fanout(
    viewers: int,
    rate: float,
    seconds: float,
    warmup: float,
    joins_per_s: float,
    speakers: int,
    peers: tuple[str, ...],
    as_json: bool,
    seed: int,
    quiet: bool,
) -> None:
    """One room, many viewers: what a message to all of them costs, and when the last one has it."""
    load = Load(viewers, rate, seconds, warmup, joins_per_s, seed)
    _finish(lambda: run_fanout(load, speakers, peers, Progress(quiet)), as_json, draw)


@bench.command()
@click.option("--viewers", default=100, show_default=True, type=click.IntRange(1, 60_000), help="Sockets that read.")
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="Measured time.")
@_shared_options
def idle(viewers: int, seconds: float, as_json: bool, seed: int, quiet: bool) -> None:
    """A quiet room, one message a second: from send to receipt."""
    load = Load(viewers, 1.0, seconds, 3.0, 500.0, seed)
    _finish(lambda: run_fanout(load, 1, (), Progress(quiet)), as_json, draw)


@bench.command()
@click.option("--viewers", default=10_000, show_default=True, type=click.IntRange(1, 60_000), help="Sockets, silent.")
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(1), help="How long they stay.")
@click.option("--joins-per-s", default=700.0, show_default=True, type=click.FloatRange(1), help="Pace of connecting.")
@_shared_options
def connections(viewers: int, seconds: float, joins_per_s: float, as_json: bool, seed: int, quiet: bool) -> None:
    """Silent viewers: what a connection costs in memory, and in CPU for being there."""
    plan = connections_bench.Plan(viewers, seconds, joins_per_s, seed)
    _finish(lambda: connections_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--rate", default=1000.0, show_default=True, type=click.FloatRange(1), help="Joins a second.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(1), help="Measured time.")
@click.option(
    "--audience", default=200, show_default=True, type=click.IntRange(1, 10_000), help="Viewers already there."
)
@click.option("--messages", default=20.0, show_default=True, type=click.FloatRange(0.1), help="Messages a second.")
@_shared_options
def joins(rate: float, seconds: float, audience: int, messages: float, as_json: bool, seed: int, quiet: bool) -> None:
    """Viewers rush into a room that talks: when the door opens, when each is greeted and has a card."""
    plan = joins_bench.Plan(rate, seconds, audience, messages, seed)
    _finish(lambda: joins_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--sockets", default=40, show_default=True, type=click.IntRange(1, 2000), help="Sockets that send.")
@click.option("--rooms", default=40, show_default=True, type=click.IntRange(1, 500), help="Rooms they are spread over.")
@click.option("--pipeline", default=32, show_default=True, type=click.IntRange(1, 1000), help="Unanswered on each.")
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(0.5), help="Measured, for each type.")
@_shared_options
def ingest(sockets: int, rooms: int, pipeline: int, seconds: float, as_json: bool, seed: int, quiet: bool) -> None:
    """Commands decoded and answered by one process, as many as it can."""
    plan = ingest_bench.Plan(sockets, min(rooms, sockets), pipeline, seconds, seed)
    _finish(lambda: ingest_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--words", default=50_000, show_default=True, type=click.IntRange(1, 200_000), help="Words in the list.")
@click.option("--comments", default=20_000, show_default=True, type=click.IntRange(1_000), help="Comments looked at.")
@_shared_options
def words(words: int, comments: int, as_json: bool, seed: int, quiet: bool) -> None:
    """A comment against a long word list: undisguised and searched for words, links and contact details."""
    plan = words_bench.Plan(words, comments, seed)
    _finish(lambda: words_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--viewers", default=1000, show_default=True, type=click.IntRange(1, 30_000), help="On each node.")
@click.option("--rate", default=100.0, show_default=True, type=click.FloatRange(0.01), help="Messages a second.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.5), help="Measured time of each.")
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(1, 99), help="One node and two, in turn.")
@click.option("--joins-per-s", default=700.0, show_default=True, type=click.FloatRange(1), help="Pace of connecting.")
@_shared_options
def nodes(
    viewers: int, rate: float, seconds: float, rounds: int, joins_per_s: float, as_json: bool, seed: int, quiet: bool
) -> None:
    """Two nodes and a Valkey: what the second one costs a message, and how many publishes one node can make."""
    plan = nodes_bench.Plan(Load(viewers, rate, seconds, 3.0, joins_per_s, seed), min(seconds, 5.0), rounds)
    _finish(lambda: nodes_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--viewers", default=1000, show_default=True, type=click.IntRange(1, 30_000), help="Sockets that read.")
@click.option("--rate", default=300.0, show_default=True, type=click.FloatRange(0.01), help="Messages a second.")
@click.option("--questions", default=10.0, show_default=True, type=click.FloatRange(0.1, 500), help="Asked a second.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(0.5), help="Measured time.")
@_shared_options
def questions(
    viewers: int, rate: float, questions: float, seconds: float, as_json: bool, seed: int, quiet: bool
) -> None:
    """Viewers ask in a loud room: how soon the host's socket has each question, kept and in the queue."""
    plan = questions_bench.Plan(viewers, rate, questions, seconds, seed)
    _finish(lambda: questions_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--sessions", default=12, show_default=True, type=click.IntRange(1, 100), help="Rooms of four people.")
@click.option("--seconds", default=10.0, show_default=True, type=click.FloatRange(1), help="Measured time of packets.")
@click.option("--tries", default=10, show_default=True, type=click.IntRange(1, 100), help="Accepted guests, each way.")
@_shared_options
def cohost(sessions: int, seconds: float, tries: int, as_json: bool, seed: int, quiet: bool) -> None:
    """People on a stage: how soon they see each other after «accept», and what forwarding them costs."""
    from loadtests.bench.cohost import run as cohost_bench  # needs Playwright, which the other benchmarks do not

    plan = cohost_bench.Plan(sessions, seconds, tries, seed)
    _finish(lambda: cohost_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--claims", default=100_000, show_default=True, type=click.IntRange(100), help="On each database.")
@click.option("--in-flight", default=1024, show_default=True, type=click.IntRange(1, 10_000), help="Unanswered claims.")
@click.option("--shuffled", is_flag=True, help="Viewers claim in any order, not in that of their ids.")
@_shared_options
def claims(claims: int, in_flight: int, shuffled: bool, as_json: bool, seed: int, quiet: bool) -> None:
    """Durable claims of coupons through the service, on SQLite and PostgreSQL, and one by one beside it."""
    plan = claims_bench.Plan(claims, in_flight, shuffled, seed)
    _finish(lambda: claims_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


@bench.command()
@click.option("--sockets", default=2000, show_default=True, type=click.IntRange(1, 20_000), help="Sockets that tap.")
@click.option("--taps", default=10_000, show_default=True, type=click.IntRange(1), help="Within one second.")
@click.option("--coupons", default=1000, show_default=True, type=click.IntRange(1), help="How many there are.")
@click.option(
    "--audience", default=200, show_default=True, type=click.IntRange(1, 10_000), help="Viewers who only read."
)
@click.option("--messages", default=20.0, show_default=True, type=click.FloatRange(0.1), help="Comments a second.")
@_shared_options
def taps(
    sockets: int, taps: int, coupons: int, audience: int, messages: float, as_json: bool, seed: int, quiet: bool
) -> None:
    """Everybody taps for a coupon within one second: who gets one, how soon, and what the others notice of it."""
    plan = taps_bench.Plan(sockets, taps, coupons, audience, messages, seed)
    _finish(lambda: taps_bench.run(plan, Progress(quiet)), as_json, draw_pairs)


def _finish(run: Callable[[], dict[str, Any]], as_json: bool, draw_report: Callable[[Mapping[str, Any]], str]) -> None:
    try:
        with _stopped_by_sigterm():
            report = run()
    except BenchError as error:
        click.echo(f"no result: {error}", err=True)
        sys.exit(EXIT_FAILED)
    click.echo(json.dumps(report, indent=2, ensure_ascii=False) if as_json else draw_report(report))
    if report["generator_was_the_limit"]:
        click.echo(f"the generator was the limit; not a result: {'; '.join(report['generator_limits'])}", err=True)
    sys.exit(choose_exit(generator_was_the_limit=report["generator_was_the_limit"], correct=report["correct"]))


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind the run, so that no server of ours is left behind."""
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
