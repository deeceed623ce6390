"""Gifts and orders of a node: their parts, put together from the settings.

Promise: after `start` gifts can be taken, and what a stop or a crash left open is being finished; `stop` leaves
nothing running.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from liveroom.realtime.clock import Clock
from liveroom.rooms.area import Area
from liveroom.rooms.ledger import Decider
from liveroom.rooms.storage.charges import Charges
from liveroom.rooms.storage.gift_ranks import GiftRanks
from liveroom.rooms.storage.orders import Orders
from liveroom.rooms.value.gifts.aftermath import Aftermath
from liveroom.rooms.value.gifts.billing import Billing, BillingMode, BillingTelemetry, GiftTerms
from liveroom.rooms.value.gifts.board import GiftBoard
from liveroom.rooms.value.gifts.catalogue import GiftCatalogue
from liveroom.rooms.value.gifts.closer import ComboCloser
from liveroom.rooms.value.gifts.collector import Collector
from liveroom.rooms.value.gifts.giver import Giver
from liveroom.rooms.value.gifts.giving import CHARGE, SEND, SETTLE
from liveroom.rooms.value.gifts.hook import BillingHook
from liveroom.rooms.value.gifts.intents import KeepCharges
from liveroom.rooms.value.gifts.sending import SendGifts
from liveroom.rooms.value.gifts.settling import SettleCombos
from liveroom.rooms.value.gifts.telling import LANE
from liveroom.rooms.value.gifts.thanking import Thanking
from liveroom.rooms.value.orders.recorder import OrderRecorder
from liveroom.rooms.value.orders.recording import RECORD, RecordOrders
from liveroom.server.area_means import AreaMeans
from liveroom.server.settings import Settings


def make_gift_deciders(settings: Settings) -> Mapping[str, Decider]:
    """The deciders of gifts and orders, by the kind of fact they rule on."""
    return {
        SEND: SendGifts(settings.gift_currency),
        SETTLE: SettleCombos(settings.gift_currency),
        CHARGE: KeepCharges(),
        RECORD: RecordOrders(),
    }


class Gifts(Area):
    """See the module."""

    def __init__(self, means: AreaMeans, telemetry: BillingTelemetry) -> None:
        settings, storage, clock, backplane = means.settings, means.storage, means.clock, means.hub.backplane
        database, ledger = storage.database, storage.ledger
        terms = GiftTerms(
            BillingMode(settings.gift_billing),
            settings.gift_currency,
            settings.gift_billing_deadline_ms / 1000,
            settings.gift_billing_on_failure == "accept",
        )
        header = {"currency": terms.currency, "open": terms.mode is not BillingMode.CLOSED}
        self.terms = terms
        self.catalogue = GiftCatalogue(storage.documents, backplane, clock, header)
        self.ranks = GiftRanks(database)
        self.charges = Charges(database)
        self.orders = Orders(database)
        self.recorder = OrderRecorder(ledger, clock, settings.currency)
        self.closer = ComboCloser(database, ledger, clock)
        self.board = GiftBoard(self.ranks, storage.rooms, backplane, clock, terms.currency)
        self.thanking = Thanking(database, self.catalogue, backplane, clock)
        self._billing = _make_billing(settings, clock, telemetry)
        self.collector = Collector(self.charges, self._billing, ledger, clock, telemetry, random.random)
        asked = self._billing if terms.mode is BillingMode.HOOK else None
        self.giver = Giver(terms, self.catalogue, asked, ledger, self.collector, clock, telemetry)
        self.handlers = {SEND: self.giver.handle}
        self.senders = {LANE: Aftermath(self.closer, self.board, self.thanking)}
        means.hub.listen(self.catalogue.hear)

    async def start(self) -> None:
        """Begin; the ledger runs by now.

        Raises:
            DatabaseUnavailable, DocumentUnreadable: the catalogue cannot be read.
        """
        await self.catalogue.start()
        await self.closer.start()
        await self.collector.start()

    async def stop(self) -> None:
        """End; what is open is finished after the next start."""
        await self.collector.stop()
        await self.closer.stop()
        await self.board.stop()
        await self.catalogue.stop()
        if self._billing is not None:
            await self._billing.close()


def _make_billing(settings: Settings, clock: Clock, telemetry: BillingTelemetry) -> Billing | None:
    """The app's billing where one is named: charges of before are finished with it, whatever the mode is now."""
    if settings.gift_billing_url is None or not settings.gift_billing_secret:
        return None
    secrets = [secret.get_secret_value() for secret in settings.gift_billing_secret]
    return BillingHook(settings.gift_billing_url, secrets, settings.gift_billing_lines, clock, telemetry)
