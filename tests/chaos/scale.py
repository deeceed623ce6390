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
    """

    viewers: int
    receipts: int
    crowd: int
    handshakes_per_s: int
    claimers: int


SCALE = Scale(60, 120_000, 2_000, 300, 300) if os.environ.get("CHAOS") == "full" else Scale(30, 6_000, 150, 25, 40)


def report(text: str) -> None:
    """Say what was seen; `make chaos` shows it."""
    sys.stdout.write(f"\n  seed {SEED}: {text}\n")
