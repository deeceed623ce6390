"""kill -9 between an event and its delivery: the next process delivers it, under the same id."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook

from tests.support.server import running_server

PATIENCE_S = 60


class Shop(ThreadingHTTPServer):
    """A receiver that refuses until it is told to accept."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.accepts = threading.Event()
        self.refused = threading.Event()
        self.accepted = threading.Event()
        self.seen: list[tuple[dict[str, str], bytes]] = []


class Desk(BaseHTTPRequestHandler):
    """One request."""

    server: Shop

    def do_POST(self) -> None:
        """Note it, then refuse or accept."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((dict(self.headers.items()), body))
        accepts = self.server.accepts.is_set()
        self.send_response(200 if accepts else 503)
        self.send_header("content-length", "0")
        self.end_headers()
        (self.server.accepted if accepts else self.server.refused).set()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def is_held(directory: Path) -> bool:
    """Whether the server has the endpoint for itself at this moment."""
    with closing(sqlite3.connect(directory / "liveroom.sqlite3")) as database:
        [[holder]] = database.execute("SELECT holder FROM webhook_endpoints").fetchall()
    return bool(holder)


def test_what_was_not_delivered_before_a_crash_is_delivered_after_it(tmp_path: Path) -> None:
    settings = {"LIVEROOM_DATA_DIR": str(tmp_path), "LIVEROOM_DRAIN_S": "0", "LIVEROOM_WEBHOOK_PAUSES_S": "1,1,1,1,1"}
    with Shop() as shop:
        thread = threading.Thread(target=shop.serve_forever)
        thread.start()
        try:
            with running_server(**settings) as server:
                url = f"http://127.0.0.1:{shop.server_port}/"
                made = server.call("POST", "/webhooks", url=url).json()
                server.create_room("kept")
                assert shop.refused.wait(PATIENCE_S)
                deliveries = f"/webhooks/{made['id']}/deliveries?state=pending"
                # Killed earlier, it would be somebody else's only when its lease is over.
                while not server.call("GET", deliveries).json()["deliveries"][0]["attempts"] or is_held(tmp_path):
                    pass
                server.kill()
            shop.accepts.set()
            with running_server(**settings):
                assert shop.accepted.wait(PATIENCE_S)
        finally:
            shop.shutdown()
            thread.join()
    told = [Webhook(made["secret"]["secret"]).verify(body, headers) for headers, body in shop.seen]
    assert {each["type"] for each in told} == {"show.started"}
    assert len({headers["webhook-id"] for headers, _ in shop.seen}) == 1
    assert len(told) >= 2
