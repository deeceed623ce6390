"""Files of the pages, with their texts compressed once instead of for every visitor."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from liveroom.server.documents import Document, make_document

TEXTS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
TEXT_BYTES = 1_048_576
"""A larger file is sent from the disk."""


class PackedFiles(StaticFiles):
    """Serves a directory; a text is kept in memory until its file changes."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self._documents: dict[str, tuple[int, int, Document]] = {}

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The answer with one file."""
        path = os.fspath(full_path)
        suffix = os.path.splitext(path)[1]
        if suffix not in TEXTS or stat_result.st_size > TEXT_BYTES or status_code != 200:
            return super().file_response(full_path, stat_result, scope, status_code)
        return self._document(path, TEXTS[suffix], stat_result).answer(Request(scope), {})

    def _document(self, path: str, media_type: str, stat_result: os.stat_result) -> Document:
        """As many are kept as there are files in the directory, so they need no other bound."""
        state = stat_result.st_mtime_ns, stat_result.st_size
        kept = self._documents.get(path)
        if kept is not None and kept[:2] == state:
            return kept[2]
        document = make_document(Path(path).read_bytes(), media_type)
        self._documents[path] = (*state, document)
        return document
