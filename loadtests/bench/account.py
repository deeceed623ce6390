"""What happened in a run, counted from the receipts.

Expected: every message sent, times every viewer, warm-up included. Lost: expected and never received by
the end of the drain. Latency and rate are those of the measured window alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loadtests.bench.anomalies import Anomalies
from loadtests.bench.chunks import Chunk
from loadtests.bench.histogram import Histogram


@dataclass(frozen=True, slots=True)
class Window:
    """The measured time on the monotonic clock: from `begin_ns` up to, not including, `end_ns`."""

    begin_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end_ns - self.begin_ns) / 1e9

    def holds(self, at_ns: int) -> bool:
        """Whether a time lies in it."""
        return self.begin_ns <= at_ns < self.end_ns


@dataclass(frozen=True, slots=True)
class Account:
    """The sums of a run."""

    sends: int
    expected: int
    delivered: int
    lost: int
    duplicates: int
    reordered: int
    holes: int
    """Positions of any event, ours or the room's own, that a viewer never saw although later ones came."""
    window_deliveries: int
    window_s: float
    window_frames: int
    latency: Histogram
    """Arrival minus intended time of sending, of every message due in the window."""

    @property
    def deliveries_per_s(self) -> float:
        """Messages that reached viewers, in a second of the window."""
        return self.window_deliveries / self.window_s

    @property
    def correct(self) -> bool:
        """Nothing lost, doubled or out of order."""
        return not (self.lost or self.duplicates or self.reordered or self.holes)


def make_account(
    chunks: Sequence[Chunk], anomalies: Anomalies, sent_ns: Sequence[int], viewers: int, plan: Window, marks: Window
) -> Account:
    """Count a finished run.

    Args:
        chunks: all that was received in step.
        anomalies: all that was not.
        sent_ns: intended time of every message sent; message n is at n - 1.
        viewers: how many should have received each.
        plan: messages due in this window count for latency.
        marks: receipts that arrived in this window count for the rate: when CPU time was read.
    """
    receipts = [0] * (len(sent_ns) + 1)
    latency = Histogram()
    deliveries = frames = 0
    for chunk in chunks:
        stamps = chunk.stamps()
        readers = len(chunk.arrivals)
        for stamp in stamps:
            receipts[stamp.counter] += readers
        latency.add_spread(chunk.arrivals, [stamp.intended_ns for stamp in stamps if plan.holds(stamp.intended_ns)])
        inside = sum(map(marks.holds, chunk.arrivals))
        deliveries += inside * len(stamps)
        frames += inside * chunk.frames
    for stamp, arrival in anomalies.strays:
        receipts[stamp.counter] += 1
        deliveries += marks.holds(arrival)
        if plan.holds(stamp.intended_ns):
            latency.add(arrival - stamp.intended_ns)
    return Account(
        sends=len(sent_ns),
        expected=len(sent_ns) * viewers,
        delivered=sum(receipts),
        lost=sum(max(0, viewers - count) for count in receipts[1:]),
        duplicates=anomalies.duplicates,
        reordered=anomalies.reordered,
        holes=anomalies.holes,
        window_deliveries=deliveries,
        window_s=marks.seconds,
        window_frames=frames,
        latency=latency,
    )
