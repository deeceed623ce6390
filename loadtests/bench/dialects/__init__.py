"""How each server under test is spoken to: what opens a seat, what says a text, what a frame means."""

from __future__ import annotations

from loadtests.bench.dialects.base import Answer, Dialect, Opening, Reading
from loadtests.bench.dialects.live import LiveDialect
from loadtests.bench.dialects.plain import PlainDialect
from loadtests.bench.dialects.socketio import SocketIoDialect

__all__ = ["Answer", "Dialect", "LiveDialect", "Opening", "PlainDialect", "Reading", "SocketIoDialect"]
