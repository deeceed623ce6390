"""The pages and the JavaScript client: files as they are, with headers that allow nothing from elsewhere.

The one exception: sound and picture, since the stream of a room comes from a CDN.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liveroom.server.packed_files import PackedFiles

WEB = Path(__file__).parent / "web"
PAGES = {"/": "index.html", "/room/{room}": "viewer.html", "/host/{room}": "host.html", "/docs": "docs.html"}

POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; media-src 'self' blob: https:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), payment=(), usb=()",
}


def add_pages(application: FastAPI) -> None:
    """Serve the pages and, under `/web`, their parts."""
    files = PackedFiles(WEB)
    for path, name in PAGES.items():
        application.add_api_route(path, _page(files, name), methods=["GET"], include_in_schema=False)
    application.mount("/web", files, name="web")
    application.add_middleware(SecureHeaders)


def _page(files: PackedFiles, name: str) -> Callable[[Request], Response]:
    def read_page(request: Request) -> Response:
        return files.answer(WEB / name, request)

    return read_page


class SecureHeaders:
    """ASGI middleware: adds `HEADERS` to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and mark the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/web/"):
                    headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_marked)
