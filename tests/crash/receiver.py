"""The app's own server: takes webhooks, checks their signature, and writes down what it was told.

A sender that is killed leaves a body that ends too early; that is no delivery, and says nothing about signatures.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook, WebhookVerificationError


class Receiver:
    """See the module.

    `told`: body by id; `doubled`: ids that came again with another body; `forged`: whole bodies that nobody signed.
    """

    def __init__(self) -> None:
        self.told: dict[str, bytes] = {}
        self.doubled: list[str] = []
        self.forged: list[str] = []
        self.secret = ""
        self.port = 0
        self._lock = threading.Lock()

    def take(self, headers: dict[str, str], body: bytes) -> None:
        """One delivery."""
        try:
            Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError as error:
            self.forged.append(f"{headers['webhook-id']}: {error}")
            return
        with self._lock:
            known = self.told.setdefault(headers["webhook-id"], body)
            if known != body:
                self.doubled.append(headers["webhook-id"])

    def data(self, type_: str) -> list[dict[str, Any]]:
        """The data of all events of a type, each once."""
        with self._lock:
            told = [orjson.loads(body) for body in self.told.values()]
        return [each["data"] for each in told if each["type"] == type_]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True
                return
            receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(204)
            self.end_headers()

        def handle(self) -> None:
            # The server is killed in the middle of a delivery.
            with contextlib.suppress(ConnectionError):
                super().handle()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
