"""Texts that are served again and again: documents, scripts, styles.

Promise: each is read and compressed once; who has the present version is answered 304 without a body (RFC 9110
§13.1.2), and the compressed form has a tag of its own (§8.8.3).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

GZIP_BYTES = 1_024
"""Smaller texts fit into one packet as they are."""


@dataclass(frozen=True, slots=True)
class Document:
    """One text as it is served; made by `make_document`.

    Args:
        packed: the same with gzip; empty when that is not worth it.
    """

    body: bytes
    packed: bytes
    tag: str
    media_type: str

    def answer(self, request: Request, headers: Mapping[str, str]) -> Response:
        """The text in a form the client takes, or 304 when it has that already."""
        as_packed = bool(self.packed) and accepts_gzip(request.headers.get("accept-encoding", ""))
        etag = f'"{self.tag}-gzip"' if as_packed else f'"{self.tag}"'
        sent = {"ETag": etag, "Vary": "Accept-Encoding", "Cache-Control": "no-cache", **headers}
        known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "")[:1000].split(",")}
        if etag in known or "*" in known:
            return Response(status_code=304, headers=sent)
        if as_packed:
            sent["Content-Encoding"] = "gzip"
        return Response(self.packed if as_packed else self.body, headers=sent, media_type=self.media_type)


def make_document(body: bytes, media_type: str) -> Document:
    """A text to be served."""
    packed = gzip.compress(body, mtime=0) if len(body) >= GZIP_BYTES else b""
    worth = packed if len(packed) < len(body) else b""
    return Document(body, worth, hashlib.sha256(body).hexdigest()[:32], media_type)


def accepts_gzip(header: str) -> bool:
    """Whether an `Accept-Encoding` header allows gzip (RFC 9110 §12.5.3)."""
    weights: dict[str, bool] = {}
    for part in header.lower().split(","):
        coding, _, parameters = part.partition(";")
        weight = parameters.replace(" ", "").removeprefix("q=")
        weights[coding.strip()] = not parameters or weight.strip("0.") != ""
    return weights.get("gzip", weights.get("*", False))
