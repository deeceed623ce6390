"""Everything one worker has counted, and the sum of all workers.

A worker fills one; it travels as JSON; the master adds them up. Times are those of the run's clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from loadtests.line.meaning import Meaning
from loadtests.plan.kinds import EACH, HOST
from loadtests.record.coupon_book import CouponBook
from loadtests.record.health import Health, unpack_health
from loadtests.record.latency import Latency
from loadtests.record.mark_book import MarkBook
from loadtests.record.room_book import RoomBook
from loadtests.record.sends import Sends
from loadtests.record.series import Series
from loadtests.record.total_book import TotalBook

_MS: Final = 1_000_000
_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """The time that counts, in nanoseconds of the run's clock."""

    begin_ns: int
    end_ns: int

    def __contains__(self, at_ns: int) -> bool:
        """Whether something that was due then counts."""
        return self.begin_ns <= at_ns < self.end_ns

    def since_begin_s(self, at_ns: int) -> float:
        """Seconds from its begin."""
        return (at_ns - self.begin_ns) / _S


class Ledger:
    """See the module."""

    def __init__(self, window: Window, slot_s: int) -> None:
        """Count what is due in this window, in slots of so many seconds."""
        self.window = window
        self.series = Series(slot_s)
        self.rooms: dict[str, RoomBook] = {}
        self.totals: dict[str, TotalBook] = {}
        self.marks: dict[str, MarkBook] = {}
        self.coupons: dict[str, CouponBook] = {}
        """By campaign."""
        self.sends: dict[str, Sends] = {}
        self.closed: Counter[str] = Counter()
        """Sockets that the server closed, by its reason."""
        self.notices: Counter[str] = Counter()
        """Frames that no viewer in good order gets."""
        self.healths: list[Health] = []
        self.receipts = 0

    def room(self, name: str) -> RoomBook:
        """The book of this room."""
        return self.rooms.setdefault(name, RoomBook(name))

    def total(self, name: str) -> TotalBook:
        """The book of this value."""
        return self.totals.setdefault(name, TotalBook(name))

    def mark(self, name: str) -> MarkBook:
        """The book of this thing that events tell of in steps."""
        return self.marks.setdefault(name, MarkBook(name))

    def coupon(self, campaign: str) -> CouponBook:
        """The book of this campaign."""
        return self.coupons.setdefault(campaign, CouponBook())

    def sends_of(self, kind: str) -> Sends:
        """The sends of this kind."""
        return self.sends.setdefault(kind, Sends())

    def measure(self, kind: str, series: str, intended_ns: int, arrived_ns: int) -> None:
        """One latency, if what it belongs to was due in the window."""
        if intended_ns in self.window:
            since_s = self.window.since_begin_s(intended_ns)
            self.series.at(kind, series, since_s).add_ns(arrived_ns - intended_ns)

    def fold(self, meanings: Iterable[Meaning], offset_ns: int) -> None:
        """Take the arrivals out of meanings and into the books; `offset_ns` leads from our clock to that of the run."""
        for meaning in meanings:
            arrivals = Counter((arrival + offset_ns) // _MS for arrival in meaning.arrivals)
            if not arrivals:
                continue
            last_ns = max(meaning.arrivals) + offset_ns
            receipts = len(meaning.arrivals)
            del meaning.arrivals[:]
            hosts = Counter((arrival + offset_ns) // _MS for arrival in meaning.host_arrivals)
            del meaning.host_arrivals[:]
            self.receipts += receipts * (len(meaning.stamps) + len(meaning.marks))
            for mark in meaning.marks:
                self.mark(mark.name).note(mark.position, mark.level, arrivals)
            room = self.room(meaning.room)
            for position, stamp in meaning.stamps:
                room.note_message(position, stamp, receipts, last_ns)
                if stamp.intended_ns in self.window:
                    since_s = self.window.since_begin_s(stamp.intended_ns)
                    self.series.at(stamp.kind, EACH, since_s).add_spread(arrivals, stamp.intended_ns)
                    if hosts and stamp.kind == "question":
                        self.series.at(stamp.kind, HOST, since_s).add_spread(hosts, stamp.intended_ns)

    def pack(self) -> bytes:
        """Everything as JSON."""
        return orjson.dumps(
            {
                "series": list(self.series.rows()),
                "rooms": [room.pack() for room in self.rooms.values()],
                "totals": [total.pack() for total in self.totals.values()],
                "marks": [mark.pack() for mark in self.marks.values()],
                "coupons": {name: coupon.pack() for name, coupon in self.coupons.items()},
                "sends": {kind: sends.pack() for kind, sends in self.sends.items()},
                "closed": dict(self.closed),
                "notices": dict(self.notices),
                "healths": [health.pack() for health in self.healths],
                "receipts": self.receipts,
            }
        )

    def merge(self, packed: bytes) -> None:
        """Add what a worker packed."""
        part: dict[str, Any] = orjson.loads(packed)
        self.series.merge(part["series"])
        for room in part["rooms"]:
            self.room(room["name"]).merge(room)
        for total in part["totals"]:
            self.total(total["name"]).merge(total)
        for mark in part["marks"]:
            self.mark(mark["name"]).merge(mark)
        for name, coupon in part["coupons"].items():
            self.coupon(name).merge(coupon)
        for kind, sends in part["sends"].items():
            self.sends_of(kind).merge(sends)
        self.closed.update(part["closed"])
        self.notices.update(part["notices"])
        self.healths += [unpack_health(health) for health in part["healths"]]
        self.receipts += part["receipts"]


def sum_lag(sends: Iterable[Sends]) -> Latency:
    """How late the generator was over all kinds."""
    total = Latency()
    for one in sends:
        total.merge(one.lag)
    return total
