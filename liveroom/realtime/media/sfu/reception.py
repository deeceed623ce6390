"""What has arrived of one stream and what has not: numbers, losses, jitter (RFC 3550 appendix A, RFC 4585).

Promise: each number is taken once, also when it comes late or twice or was asked for again; what is remembered is
bounded, whatever numbers a sender invents.
"""

from __future__ import annotations

from liveroom.realtime.media.sfu.rtcp import Block

MISSING = 256
GAP = 256
"""A larger jump is a new beginning, not a loss."""
GIVE_UP_S = 1.0
TRIES = 10
LEAST_PAUSE_S = 0.02


class Reception:
    """See the module. Times are monotonic seconds; `clock` is the RTP clock of the stream in Hz."""

    __slots__ = (
        "_base", "_clock", "_expected_before", "_jitter", "_last_transit", "_missing", "_received_before", "cycles",
        "highest", "received", "report_at_s", "report_middle",
    )  # fmt: skip

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._missing: dict[int, list[float]] = {}
        self._base = -1
        self._expected_before = self._received_before = 0
        self._jitter = 0.0
        self._last_transit: float | None = None
        self.highest = -1
        self.cycles = 0
        self.received = 0
        self.report_middle = 0
        self.report_at_s = 0.0

    def take(self, seq: int, ts: int, now_s: float) -> int:
        """Note a packet: -1 when it had arrived or is too old; otherwise how many before it are newly missing."""
        if self.highest < 0:
            self.highest = self._base = seq
            self.received = 1
            return 0
        ahead = (seq - self.highest) & 0xFFFF
        if ahead == 0:
            return -1
        if ahead >= 0x8000:
            if self._missing.pop(seq, None) is None:
                return -1
            self.received += 1
            return 0
        if seq < self.highest:
            self.cycles += 0x10000
        if ahead > GAP:
            self._restart(seq)
            return 0
        for number in range(1, ahead):
            self._missing[(self.highest + number) & 0xFFFF] = [now_s, -1.0, 0]
        while len(self._missing) > MISSING:
            del self._missing[next(iter(self._missing))]
        self.highest = seq
        self.received += 1
        self._note_jitter(ts, now_s)
        return ahead - 1

    def misses(self, seq: int) -> bool:
        """Whether a number is still waited for."""
        return seq in self._missing

    def _restart(self, seq: int) -> None:
        self._missing.clear()
        self.highest = seq
        self._base = self.cycles + seq
        self.received = 1
        self._expected_before = self._received_before = 0

    def _note_jitter(self, ts: int, now_s: float) -> None:
        transit = now_s * self._clock - ts
        if self._last_transit is not None:
            difference = abs(transit - self._last_transit)
            if difference < 10 * self._clock:  # the stamps wrapped or began anew
                self._jitter += (difference - self._jitter) / 16
        self._last_transit = transit

    def ask(self, now_s: float, rtt_s: float) -> list[int]:
        """The numbers to ask for now; each again after a round trip, until it is too late for them."""
        wanted: list[int] = []
        pause_s = max(LEAST_PAUSE_S, 1.2 * rtt_s)
        for seq, entry in list(self._missing.items()):
            if now_s - entry[0] > GIVE_UP_S or entry[2] >= TRIES:
                del self._missing[seq]
            elif entry[1] < 0 or now_s - entry[1] >= pause_s:
                entry[1] = now_s
                entry[2] += 1
                wanted.append(seq)
        return wanted

    def note_report(self, ntp: int, now_s: float) -> None:
        """A sender report came."""
        self.report_middle = ntp >> 16 & 0xFFFFFFFF
        self.report_at_s = now_s

    def block(self, ssrc: int, now_s: float) -> Block:
        """What to tell the sender, counted since the last time."""
        expected = self.cycles + self.highest - self._base + 1
        lost = expected - self.received
        expected_now, received_now = expected - self._expected_before, self.received - self._received_before
        self._expected_before, self._received_before = expected, self.received
        lost_now = max(0, expected_now - received_now)
        fraction = min(255, lost_now * 256 // expected_now) if expected_now > 0 else 0
        delay = int((now_s - self.report_at_s) * 65_536) & 0xFFFFFFFF if self.report_middle else 0
        highest = (self.cycles + self.highest) & 0xFFFFFFFF
        return Block(ssrc, fraction, lost, highest, int(self._jitter), self.report_middle, delay)
