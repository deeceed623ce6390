"""The promises of `liveroom.realtime.backplane.base.Backplane`, for every engine.

An engine's test module subclasses `BackplaneContract` and gives the fixture `engine`; nothing else may be changed.
Engines that go over a network may deliver later than they answer; the suite waits for what it hears.
"""

from __future__ import annotations

from tests.contracts.hearing import HearingContract
from tests.contracts.publishing import PublishingContract
from tests.contracts.signals import SignalsContract


class BackplaneContract(PublishingContract, HearingContract, SignalsContract):
    """All of it."""
