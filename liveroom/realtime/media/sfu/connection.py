"""One connection of a worker: its transport, its peer, and the times that are told about it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiortc import RTCCertificate

from liveroom.realtime.media.events import Connected, FirstMedia, Kind, MediaEvent, Quality
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.agreement import Agreement
from liveroom.realtime.media.sfu.answer import Local, write_answer
from liveroom.realtime.media.sfu.ice_port import Reach
from liveroom.realtime.media.sfu.peer import Peer
from liveroom.realtime.media.sfu.transport import Remote, Transport

logger = logging.getLogger(__name__)

PING_AFTER_S = 1.0
"""A peer that was silent for so long is asked for a sign of life."""
PING_EVERY_S = 5.0
"""Others are asked too, since who receives nothing sends no reports from which the round trip could be read."""
PINGS = 4
"""Most that wait for an answer at the same time; on a slow line, or one that loses much, the next does not wait."""


class MediaConnection:
    """See the module.

    Args:
        session: its name.
        tell: hears of the connection and of the first packets.
    """

    def __init__(
        self,
        session: str,
        person: Person,
        agreement: Agreement,
        reach: Reach,
        certificate: RTCCertificate,
        most_bps: int,
        tell: Callable[[MediaEvent], None],
    ) -> None:
        self.session = session
        self.person = person
        self.agreement = agreement
        self.quality = Quality.GOOD
        self.faults = 0
        self.lost_at_s: float | None = None
        self.idle_since_s: float | None = None
        self._loop = asyncio.get_running_loop()
        self._now_s = self._loop.time
        self._tell = tell
        self._certificate = certificate
        self._transport = Transport(reach, certificate, self._take_rtp, self._take_rtcp)
        self.peer = Peer(person.room, person.user_id, agreement, self._transport, most_bps, self._first, self._now_s)
        self._began_s = self._now_s()
        self._connected_s: float | None = None
        self._granted_s: float | None = None
        self._pings: set[asyncio.Task[None]] = set()
        self._pinged_s = self._began_s - PING_EVERY_S
        self._mids = {(place.kind, place.number): place.section.mid for place in agreement.places}
        self.slots = 1 + max((place.number for place in agreement.places), default=-1)

    async def open(self) -> str:
        """Bind a port and write the answer; nothing stays bound when that fails. Raises MediaOverloaded."""
        try:
            await self._transport.open()
        except BaseException:
            await self.close()
            raise
        setup = "passive" if self.agreement.offer.setup == "active" else "active"
        fingerprint = self._certificate.getFingerprints()[0].value
        local = Local(
            self._transport.username, self._transport.password, fingerprint, tuple(self._transport.candidates), setup
        )
        return write_answer(self.agreement, local)

    async def connect(self) -> bool:
        """Wait for the handshakes; whether the connection stands."""
        offer = self.agreement.offer
        is_server = offer.setup != "active"
        remote = Remote(offer.username, offer.password, offer.fingerprint_kind, offer.fingerprint, is_server)
        if not await self._transport.connect(remote):
            return False
        self._connected_s = self._now_s()
        took_ms = round((self._connected_s - self._began_s) * 1000)
        self._tell(Connected(self.person.room, self.person.user_id, self.session, took_ms))
        return True

    def mids_of(self, number: int) -> dict[Kind, str]:
        """The sections of a slot."""
        return {kind: self._mids[(kind, number)] for kind in Kind if (kind, number) in self._mids}

    def note_grant(self, now_s: float) -> None:
        """The right to send began."""
        self._granted_s = now_s
        for source in self.peer.sources.values():
            source.expect_first()

    def _first(self, kind: Kind, waited_s: float) -> None:
        is_warm = self._granted_s is not None and self._granted_s > (self._connected_s or self._began_s)
        self._tell(FirstMedia(self.person.room, self.person.user_id, kind, round(1000 * waited_s), is_warm))

    def silent_s(self, now_s: float) -> float:
        """How long nothing was heard of the peer."""
        return now_s - self._transport.heard_s

    @property
    def is_ended(self) -> bool:
        """Whether the peer has said goodbye."""
        return self._transport.is_ended

    @property
    def dropped(self) -> int:
        """Packets that were not the peer's, or came twice."""
        return self._transport.dropped

    def look_alive(self, now_s: float) -> None:
        """Ask a peer for a sign of life, and see how long it takes."""
        is_due = self.silent_s(now_s) > PING_AFTER_S or now_s - self._pinged_s > PING_EVERY_S
        if is_due and len(self._pings) < PINGS:
            self._pinged_s = now_s
            ping = self._loop.create_task(self._ask())
            self._pings.add(ping)
            ping.add_done_callback(self._pings.discard)

    async def _ask(self) -> None:
        took_s = await self._transport.ping()
        if took_s is not None:
            self.peer.note_rtt(took_s)

    async def close(self) -> None:
        """End the connection."""
        for ping in self._pings:
            ping.cancel()
        await self._transport.close()

    def _take_rtp(self, data: bytes) -> None:
        try:
            self.peer.take_rtp(data)
        except Exception:
            self.faults += 1
            if self.faults == 1:  # the next ones fail in the same way
                logger.exception("media packets of one connection cannot be handled")

    def _take_rtcp(self, data: bytes) -> None:
        try:
            self.peer.take_rtcp(data)
        except Exception:
            self.faults += 1
            if self.faults == 1:
                logger.exception("media reports of one connection cannot be handled")
