"""Signed calls to one address of the app whose answers count: its billing, its judge of comments.

Promise: nothing follows a redirect, no proxy of the environment is used, and of an answer at most `ANSWER_BYTES` are
read. What comes a second time is taken for the answer to nothing else: a connection is kept for the next call only
while answers say by their `id` which call they are about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import orjson

import liveroom
from liveroom.realtime.clock import Clock
from liveroom.rooms.webhooks.authorities import trusted_authorities
from liveroom.rooms.webhooks.signature import sign

ANSWER_BYTES = 4_096
CONNECT_S = 2.0


class HookCalls:
    """See the module. Both calls raise `httpx.HTTPError` when there is no answer; who calls bounds how long it waits.

    Args:
        url: of the app.
        secrets: `whsec_…`; each signs, so that one can be exchanged for another.
        lines: questions under way at the same time; so many others, too.
        silence_s: longest wait for a byte.
    """

    def __init__(self, url: str, secrets: Sequence[str], lines: int, silence_s: float, clock: Clock) -> None:
        self._url = url
        self._secrets = tuple(secrets)
        self._clock = clock
        self._kept = _make_client(lines, lines, silence_s)
        self._single = _make_client(lines * 2, 0, silence_s)
        self._are_labelled = False
        """Whether the last answer said which call it was about."""

    async def close(self) -> None:
        """End."""
        await self._kept.aclose()
        await self._single.aclose()

    async def ask(self, name: str, about: str, body: bytes) -> Mapping[str, Any] | None:
        """What the app says: the JSON object of a 200; None: something else, or perhaps said about another call.

        Args:
            name: of the call, `webhook-id` of its signature.
            about: the `id` that a labelled answer has.
        """
        http = self._kept if self._are_labelled else self._single
        said = _read_object(*await self._post(http, name, body))
        if said is None:
            return None
        label = said.get("id")
        self._are_labelled = label == about
        # Others may have been answered on a kept connection before.
        is_bare = label is None and http is self._single
        return said if self._are_labelled or is_bare else None

    async def tell(self, name: str, body: bytes) -> bool:
        """Whether the app took note, with any 2xx; on a connection of its own."""
        status, _ = await self._post(self._single, name, body)
        return 200 <= status < 300

    async def _post(self, http: httpx.AsyncClient, name: str, body: bytes) -> tuple[int, bytes]:
        headers = sign(name, body, self._secrets, self._clock.now_ms())
        headers |= {"content-type": "application/json", "user-agent": f"liveroom/{liveroom.__version__}"}
        read = b""
        async with http.stream("POST", self._url, content=body, headers=headers) as response:
            async for chunk in response.aiter_bytes(1_024):
                read += chunk
                if len(read) > ANSWER_BYTES:
                    break
            return response.status_code, read


def _make_client(lines: int, kept: int, silence_s: float) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=lines, max_keepalive_connections=kept)
    timeout = httpx.Timeout(silence_s, connect=CONNECT_S)
    return httpx.AsyncClient(
        verify=trusted_authorities(), trust_env=False, follow_redirects=False, limits=limits, timeout=timeout
    )


def _read_object(status: int, body: bytes) -> Mapping[str, Any] | None:
    if status != 200 or len(body) > ANSWER_BYTES:
        return None
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None
