"""How much of everything: little in `make test`, more in `make chaos`; `CHAOS_SEED` repeats a run."""

from __future__ import annotations

import os
import random
import sys
from typing import NamedTuple

SEED = int(os.environ.get("CHAOS_SEED") or "0") or random.SystemRandom().randrange(1, 2**31)


class Scale(NamedTuple):
    """See the module.

    Args:
        viewers: in the history check; `receipts` have to be reached there.
        crowd: viewers that are cut at once, or whose node is killed; many more than two nodes let in from full buckets,
            which hold the handshakes of two seconds each.
        handshakes_per_s: of each node while a crowd comes back.
        back_s: within which a crowd is back; the promise is 10 s.
        in_time: the least share of the deliveries meanwhile that take at most 600 ms; of few deliveries one stall of
            the machine is more than a hundredth.
        refused_s: the longest refusal at a failover: 3 s, and as long for servers, nodes and a crowd on two cores.
            An election of the sentinels that fails for want of a core is repeated only 10 s later.
        claimers: who want coupons during a failover.
        linger_s: from the return of a crowd to the look at battle and seats; the seat of who is gone is kept for 20 s.
    """

    viewers: int
    receipts: int
    crowd: int
    handshakes_per_s: int
    back_s: float
    in_time: float
    refused_s: float
    claimers: int
    linger_s: float


LITTLE = Scale(
    viewers=30,
    receipts=6_000,
    crowd=120,
    handshakes_per_s=15,
    back_s=60,
    in_time=0.5,
    refused_s=30,
    claimers=40,
    linger_s=0,
)
MUCH = Scale(
    viewers=60,
    receipts=120_000,
    crowd=2_000,
    handshakes_per_s=300,
    back_s=10,
    in_time=0.99,
    refused_s=6,
    claimers=300,
    linger_s=25,
)
SCALE = MUCH if os.environ.get("CHAOS") == "full" else LITTLE


def report(text: str) -> None:
    """Say what was seen; `make chaos` shows it."""
    sys.stdout.write(f"\n  seed {SEED}: {text}\n")
