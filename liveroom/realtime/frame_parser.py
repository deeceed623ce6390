"""The complete RFC 6455 parser, for whatever is not an ordinary frame.

It is the one of the `websockets` library, made when it is needed and dropped between two messages. Promise: memory
is bounded by the largest message, into however many fragments it is cut, and nothing a peer says reaches a log.
"""

from __future__ import annotations

import logging

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from liveroom.realtime.handshake import SERVER_WINDOW_BITS

logger = logging.getLogger(__name__)
# On DEBUG the library writes every frame, with tokens and messages in it.
logger.setLevel(logging.WARNING)


class FrameParser(Protocol):
    """Parses what one client sends, from the beginning of a frame on.

    Args:
        max_bytes: largest message, inflated.
        extended: permessage-deflate was negotiated.
    """

    def __init__(self, max_bytes: int, *, extended: bool) -> None:
        super().__init__(Side.SERVER, state=State.OPEN, max_size=max_bytes, logger=logger)
        if extended:
            self.extensions = [PerMessageDeflate(True, True, 15, SERVER_WINDOW_BITS)]
        self._is_between_frames = True
        self._message: bytearray | None = None

    @property
    def is_idle(self) -> bool:
        """Whether it stands between two messages and can be dropped."""
        return self._is_between_frames and self._message is None

    @property
    def has_failed(self) -> bool:
        """Whether the peer broke the protocol or said Close; `data_to_send` is the answer."""
        return self.state is not State.OPEN

    def receive_data(self, data: bytes | bytearray) -> None:
        """Take bytes from the peer."""
        self._is_between_frames = False
        super().receive_data(data)

    def recv_frame(self, frame: Frame) -> None:
        """A frame is complete; called by the library."""
        super().recv_frame(frame)
        self._is_between_frames = not self.reader.buffer

    def assemble(self, frame: Frame) -> bytes | None:
        """The message that is complete with this data frame; None when fragments are missing or it is no data."""
        if frame.opcode is Opcode.TEXT and frame.fin:
            return bytes(frame.data)
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return None
        if self._message is None:
            self._message = bytearray()
        self._message += frame.data
        if not frame.fin:
            return None
        whole, self._message = bytes(self._message), None
        return whole

    def end(self) -> None:
        """Let go of everything; the library's generator and its exception would keep the last message in memory until
        the garbage collector finds them."""
        self.parser.close()
        self.parser_exc = None
        self.events.clear()
