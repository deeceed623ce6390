"""What the engine is told about the LiveKit server that it uses."""

from __future__ import annotations

from dataclasses import dataclass, field

from liveroom.realtime.media.base import WARM_S

TOKEN_S = 600.0
"""How long a token can be used to connect; LiveKit renews those of people who are connected. Short, since an open
LiveKit server cannot take a token back."""


@dataclass(frozen=True, slots=True)
class LiveKitTerms:
    """See the module.

    Args:
        url: where the server's API is (`http://` or `https://`).
        client_url: where clients connect (`ws://` or `wss://`).
        key, secret: of the API.
        slots: how many others a client should show at most.
        warm_s: how long a connection without any right is kept.
    """

    url: str
    client_url: str
    key: str
    secret: str = field(repr=False)
    slots: int = 8
    warm_s: float = WARM_S
    token_s: float = TOKEN_S
