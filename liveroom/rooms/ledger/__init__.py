"""The ledger: facts of value, many in one transaction, each exactly once by its key (docs/value.md)."""

from __future__ import annotations

from liveroom.rooms.ledger.decider import Decider, Decision, Loaded, Needs, Verdict
from liveroom.rooms.ledger.facts import Answer, Fact
from liveroom.rooms.ledger.ledger import Ledger, LedgerLimits

__all__ = ["Answer", "Decider", "Decision", "Fact", "Ledger", "LedgerLimits", "Loaded", "Needs", "Verdict"]
