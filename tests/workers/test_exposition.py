"""The metrics of several workers make one text that Prometheus can read, and nothing of them is lost."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from liveroom.server.workers.exposition import UP, merge


def render(clients: int, awkward: str) -> bytes:
    """What a worker with so many clients tells."""
    registry = CollectorRegistry()
    Gauge("clients", "Here now.", registry=registry).set(clients)
    Counter("said", "Said.", ["what"], registry=registry).labels(awkward).inc(clients)
    Histogram("took_seconds", "Took.", buckets=(0.1, 1.0), registry=registry).observe(clients)
    return generate_latest(registry)


def read(text: bytes) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """All samples, as Prometheus reads them."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            entry = sample.name, frozenset(sample.labels.items())
            assert entry not in found
            found[entry] = sample.value
    return found


def test_every_sample_is_there_with_its_worker() -> None:
    """Also where the value of a label looks like the end of the labels."""
    texts = {1: render(3, "a } b"), 2: render(5, 'quoted " {')}
    merged = read(merge(texts, 2))
    for number, text in texts.items():
        for (name, labels), value in read(text).items():
            assert merged[name, labels | {("worker", str(number))}] == value
    assert len(merged) == 2 + sum(len(read(text)) for text in texts.values())


def test_each_metric_has_one_head() -> None:
    lines = merge({1: render(1, "x"), 2: render(2, "x")}, 2).decode().splitlines()
    heads = [line for line in lines if line.startswith("#")]
    assert len(heads) == len(set(heads))


def test_who_did_not_answer_is_told() -> None:
    merged = read(merge({2: render(5, "x")}, 3))
    ups = [merged[UP, frozenset({("worker", str(number))})] for number in (1, 2, 3)]
    assert ups == [0.0, 1.0, 0.0]
