"""All connections of one worker, and what time does to them.

Promise: each connection that was answered ends, is replaced, or is closed within its time; commands take effect in the
order in which they come. A fault in one ends that one, and the others go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from aiortc import RTCCertificate

from liveroom.realtime.media.base import WARM_S
from liveroom.realtime.media.errors import MediaOverloaded
from liveroom.realtime.media.events import Closed, Ended, MediaEvent, QualityChanged
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.sfu.agreement import agree
from liveroom.realtime.media.sfu.connection import MediaConnection
from liveroom.realtime.media.sfu.ice_port import Reach
from liveroom.realtime.media.sfu.offer import read_offer
from liveroom.realtime.media.sfu.switchboard import Switchboard
from liveroom.realtime.media.sfu.vigil import Vigil

logger = logging.getLogger(__name__)

REPAIR_S = 0.02
TALK_S = 0.2
LOOK_S = 0.5
REPORT_S = 1.0
MOST_CONNECTIONS = 2_000


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a worker is told at its start.

    Args:
        reach: where it can be reached.
        slots: most slots of one client.
        most_bps: what one person may send.
        warm_s: how long a connection without rights is kept.
    """

    reach: Reach
    slots: int = 8
    most_bps: int = 2_500_000
    warm_s: float = WARM_S


class House:
    """See the module.

    Args:
        tell: hears every event.
    """

    def __init__(self, conditions: Conditions, tell: Callable[[MediaEvent], None]) -> None:
        self._conditions = conditions
        self._tell = tell
        self._now_s = asyncio.get_running_loop().time
        self._certificate = RTCCertificate.generateCertificate()
        self.board = Switchboard(tell, self._now_s)
        self._vigil = Vigil(tell, conditions.warm_s)
        self._connections: dict[str, MediaConnection] = {}
        self._standing: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look after connections."""
        chores = ((REPAIR_S, self._repair), (TALK_S, self._talk), (LOOK_S, self._look), (REPORT_S, self._report))
        self._loops = [asyncio.create_task(self._repeat(pause_s, chore)) for pause_s, chore in chores]

    async def stop(self) -> None:
        """End everything."""
        for task in (*self._loops, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._loops, *self._tasks, return_exceptions=True)
        for connection in list(self._connections.values()):
            with contextlib.suppress(OSError):
                await connection.close()
        await asyncio.gather(*self._closing, return_exceptions=True)

    @property
    def count(self) -> int:
        """How many connections there are, those under way included."""
        return len(self._connections)

    @property
    def packets(self) -> tuple[int, int]:
        """Packets that came and went since each connection began."""
        peers = [connection.peer for connection in self._connections.values()]
        return sum(peer.packets_in for peer in peers), sum(peer.packets_out for peer in peers)

    async def answer(self, person: Person, session: str, sdp: str) -> str:
        """Answer an offer; the connection stands when its handshakes are done.

        Raises:
            OfferRefused, MediaOverloaded: it is not answered.
        """
        agreement = agree(read_offer(sdp), self._conditions.slots)
        if len(self._connections) >= MOST_CONNECTIONS:
            raise MediaOverloaded
        conditions = self._conditions
        connection = MediaConnection(
            session, person, agreement, conditions.reach, self._certificate, conditions.most_bps, self._tell
        )
        answer = await connection.open()
        self._end_unfinished(person)
        self._connections[session] = connection
        self._spawn(self._connect(connection), self._tasks)
        return answer

    def remove(self, person: Person, why: Ended) -> None:
        """End somebody's connections and rights."""
        self._vigil.forget(person)
        for connection in [each for each in self._connections.values() if each.person == person]:
            self._end(connection, why)
        self.board.forget(person)

    async def _connect(self, connection: MediaConnection) -> None:
        try:
            stands = await connection.connect()
        except Exception:  # aiortc reads certificates of strangers
            logger.exception("the handshakes of a media connection failed")
            stands = False
        if not stands:
            if connection.session in self._connections:
                self._end(connection, Ended.LOST)
            return
        if connection.session not in self._connections:
            return
        self._standing.add(connection.session)
        before = self.board.put(connection)
        self._vigil.note_standing(connection, self._now_s())
        if before is not None:
            self._end(before, Ended.REPLACED)

    def _end_unfinished(self, person: Person) -> None:
        """Somebody tries again: what he began and did not finish is in the way."""
        for each in list(self._connections.values()):
            if each.person == person and each.session not in self._standing:
                self._end(each, Ended.REPLACED)

    def _end(self, connection: MediaConnection, why: Ended) -> None:
        if self._connections.pop(connection.session, None) is None:
            return
        self._standing.discard(connection.session)
        self.board.take_out(connection)
        self._tell(Closed(connection.person.room, connection.person.user_id, connection.session, why))
        self._spawn(connection.close(), self._closing)

    def _spawn(self, work: Coroutine[None, None, None], among: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)

    # --- chores -------------------------------------------------------------------------------------------------

    async def _repeat(self, pause_s: float, chore: Callable[[float], None]) -> None:
        while True:
            await asyncio.sleep(pause_s)
            chore(self._now_s())

    def _stand(self) -> list[MediaConnection]:
        return [self._connections[session] for session in self._standing]

    def _visit(self, look: Callable[[MediaConnection, float], None], now_s: float) -> None:
        for connection in self._stand():
            try:
                look(connection, now_s)
            except Exception:
                logger.exception("a media connection failed, and is ended")
                self._end(connection, Ended.LOST)

    def _repair(self, now_s: float) -> None:
        self._visit(_repair, now_s)

    def _talk(self, now_s: float) -> None:
        self.board.look_who_talks()

    def _look(self, now_s: float) -> None:
        self._visit(self._look_at, now_s)
        self._vigil.give_up(now_s)

    def _look_at(self, connection: MediaConnection, now_s: float) -> None:
        connection.look_alive(now_s)
        connection.peer.look(now_s)
        why = self._vigil.look(connection, now_s, self.board.rights.receives(connection.person))
        if why is Ended.LOST:
            self._drop(connection)
        elif why is not None:
            self._end(connection, why)

    def _drop(self, connection: MediaConnection) -> None:
        """The transport is gone; `Lost` was told, the person may come back."""
        del self._connections[connection.session]
        self._standing.discard(connection.session)
        self.board.take_out(connection)
        self._spawn(connection.close(), self._closing)

    def _report(self, now_s: float) -> None:
        self._visit(self._report_of, now_s)

    def _report_of(self, connection: MediaConnection, now_s: float) -> None:
        peer = connection.peer
        peer.report(now_s)
        if peer.quality is not connection.quality and self.board.rights.receives(connection.person):
            connection.quality = peer.quality
            person, loss, rtt_ms = connection.person, round(100 * peer.loss), round(1000 * peer.rtt_s)
            self._tell(QualityChanged(person.room, person.user_id, peer.quality, loss, rtt_ms))


def _repair(connection: MediaConnection, now_s: float) -> None:
    connection.peer.tick(now_s)
