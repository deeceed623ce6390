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

from liveroom.server.documents import Document, make_document
from liveroom.server.packed_files import PackedFiles
from liveroom.server.preloads import LANGUAGES, add_preloads, choose_language

WEB = Path(__file__).resolve().parent / "web"
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
    for path, name in PAGES.items():
        application.add_api_route(path, _page(WEB / name), methods=["GET"], include_in_schema=False)
    application.mount("/web", PackedFiles(WEB), name="web")
    application.add_middleware(SecureHeaders)


def _page(path: Path) -> Callable[[Request], Response]:
    """Answers with the page as it was at the last change of its file."""
    read_at_ns, documents = 0, dict[str, Document]()

    def read_page(request: Request) -> Response:
        nonlocal read_at_ns, documents
        if (changed_at_ns := path.stat().st_mtime_ns) != read_at_ns:
            text = path.read_text(encoding="utf-8")
            documents = {
                language: make_document(add_preloads(text, WEB, language).encode(), "text/html")
                for language in LANGUAGES
            }
            read_at_ns = changed_at_ns
        language = choose_language(request.headers.get("accept-language", ""))
        return documents[language].answer(request, {"Vary": "Accept-Encoding, Accept-Language"})

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
