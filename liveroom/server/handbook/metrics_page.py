"""docs/metrics.md: the metrics as they are registered.

Promise: the table has a row for every metric of ours, with its labels; a test fails when the file differs.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from prometheus_client import Metric

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import LoopClock
from liveroom.realtime.telemetry import Telemetry
from liveroom.rooms import messages as _declared  # noqa: F401 - importing fills the catalogue
from liveroom.rooms.telemetry import RoomTelemetry
from liveroom.rooms.value.gifts.billing import BillingTelemetry
from liveroom.rooms.webhooks.telemetry import WebhookTelemetry
from liveroom.server.labels import (
    BILLING_CALLS,
    BILLING_WORDS,
    GIFT_OUTCOMES,
    OUTCOMES,
    REFUSALS,
    RUNGS,
    STEPS,
    WEBHOOK_OUTCOMES,
)
from liveroom.server.metrics import Metrics

PREFIX = "liveroom_"
EXAMPLES = {"str": "", "float": 0.0, "int": 1}

INTRODUCTION = """\
# Metrics

`GET /metrics` answers in the Prometheus text format, for one process, or for all of `serve --workers`: then every
sample has the label `worker`, and `liveroom_worker_up` is 0 for each that did not answer. With
`LIVEROOM_METRICS_TOKEN` set it wants `Authorization: Bearer` with that token, without it answers programs on the same
machine alone. The table is generated from the registry by `make docs`. The metrics of the process itself
(`process_*`, `python_*`) are there too. What to
look at first, and when to worry: [operations.md](operations.md#watch).

## All metrics

Durations are in seconds. A label takes values from fixed lists only; whatever a stranger names is counted as `other`.
`delivery_seconds` is measured on the server: from the publication of an event to the write for the last viewer.

"""


def render_metrics() -> str:
    """The whole page as Markdown."""
    rows = "".join(_row(family) for family in _families())
    return f"{INTRODUCTION}| metric | kind | labels | meaning |\n|---|---|---|---|\n{rows}{_label_values()}"


def _row(family: Metric) -> str:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
    return f"| `{name}` | {family.type} | {', '.join(f'`{label}`' for label in labels)} | {family.documentation} |\n"


def _families() -> Iterator[Metric]:
    """The families of ours, each with at least one sample, since only those show their labels."""
    metrics = Metrics(LoopClock(), commands=catalogue.commands, kinds=catalogue.events)
    listeners: dict[type, object] = dict.fromkeys((Telemetry, RoomTelemetry, WebhookTelemetry), metrics)
    for protocol, listener in {**listeners, BillingTelemetry: metrics.gifts}.items():
        for name, method in inspect.getmembers(protocol, inspect.isfunction):
            if not name.startswith("_"):
                parameters = list(inspect.signature(method).parameters.values())[1:]
                getattr(listener, name)(*(EXAMPLES[str(each.annotation)] for each in parameters))
    return (family for family in metrics.registry.collect() if family.name.startswith(PREFIX))


def _label_values() -> str:
    values = {
        "`outcome` of `resumes`": OUTCOMES,
        "`outcome` of `webhook_tries`": WEBHOOK_OUTCOMES,
        "`outcome` of `gifts_answered`": GIFT_OUTCOMES,
        "`call` of `billing_calls`": BILLING_CALLS,
        "`word` of `billing_calls`": BILLING_WORDS,
        "`reason`": REFUSALS,
        "`rung`": RUNGS,
    }
    fixed = "".join(
        f"| {label} | {', '.join(f'`{value}`' for value in sorted(known))} |\n" for label, known in values.items()
    )
    return f"""
## Values of labels

| label | values |
|---|---|
| `client` | the clients of this repository |
| `code` | a close code of `disconnects`, an error code of `reply_errors`: [protocol.md](protocol.md) |
| `frame` | a frame from the server: [protocol.md](protocol.md) |
| `kind` | an event kind |
{fixed}| `step` | in the order of a message: {", ".join(f"`{step}`" for step in STEPS)} |
| `type` | a command |
"""
