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
        crowd: viewers that are cut at once, or whose node is killed.
        handshakes_per_s: of each node while a crowd comes back.
        claimers: who want coupons during a failover.
        linger_s: from the return of a crowd to the look at battle and seats; the seat of who is gone is kept for 20 s.
    """

    viewers: int
    receipts: int
    crowd: int
    handshakes_per_s: int
    claimers: int
    linger_s: float


LITTLE = Scale(viewers=30, receipts=6_000, crowd=60, handshakes_per_s=15, claimers=40, linger_s=0)
MUCH = Scale(viewers=60, receipts=120_000, crowd=2_000, handshakes_per_s=300, claimers=300, linger_s=25)
SCALE = MUCH if os.environ.get("CHAOS") == "full" else LITTLE


def report(text: str) -> None:
    """Say what was seen; `make chaos` shows it."""
    sys.stdout.write(f"\n  seed {SEED}: {text}\n")
