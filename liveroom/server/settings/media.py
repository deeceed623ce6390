"""Settings of audio and video, and of the TURN server that clients may need; a section of docs/settings.md."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

_PORTS = re.compile(r"(\d{1,5})-(\d{1,5})")
_LIVEKIT = re.compile(r"(wss?|https?)://[A-Za-z0-9.:\[\]-]{1,255}(/[A-Za-z0-9._/-]{0,200})?")
_TURN = re.compile(r"turns?:[A-Za-z0-9.:\[\]-]{1,255}(\?transport=(udp|tcp))?")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _read_addresses(value: object) -> object:
    parts = _split(value)
    if isinstance(parts, tuple):
        for part in parts:
            try:
                ip_address(str(part))
            except ValueError:
                raise ValueError("each is an IP address") from None
    return parts


def _read_ports(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _PORTS.fullmatch(value.strip())
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1_024 <= first <= last <= 65_535:
        raise ValueError("a range of ports from 1024 on, as 50000-50999")
    return (first, last)


def _read_turn_urls(value: object) -> object:
    parts = _split(value)
    if isinstance(parts, tuple) and not all(_TURN.fullmatch(str(part)) for part in parts):
        raise ValueError("each is turn:host[:port] or turns:host[:port], with ?transport=udp or tcp where wanted")
    return parts


def _read_livekit_url(value: object) -> object:
    if isinstance(value, str) and not _LIVEKIT.fullmatch(value):
        raise ValueError("an address as wss://host[:port], ws://, https:// or http://")
    return value


LiveKitUrl = Annotated[str, BeforeValidator(_read_livekit_url)]
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_addresses)]
Ports = Annotated[tuple[int, int], NoDecode, BeforeValidator(_read_ports)]
TurnUrls = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_turn_urls)]


class Media(BaseModel):
    """Audio and video"""

    media_engine: Literal["auto", "sfu", "livekit", "off"] = Field(
        "auto",
        description="`sfu`: the embedded engine, in processes of its own that start with the first ticket. `livekit`: "
        "a LiveKit server, for several nodes. `off`: no audio and video. `auto`: `livekit` where `livekit_url` is "
        "set, else `sfu`, or `off` where nodes share a Redis, since all people of a stage have to be on the machine "
        "that forwards for them.",
    )
    livekit_url: LiveKitUrl | None = Field(
        None, description="A LiveKit server, as `wss://livekit.example.com`. Needs `pip install 'liveroom[livekit]'`."
    )
    livekit_api_url: LiveKitUrl | None = Field(
        None, description="Where this server reaches its API, as `http://livekit:7880`. Unset: at `livekit_url`."
    )
    livekit_key: str | None = Field(None, max_length=255, description="API key of it. Required by `livekit_url`.")
    livekit_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Secret of the key; signs tokens, and checks the webhooks that the LiveKit server sends to "
        "`/api/v1/livekit`. Required by `livekit_url`.",
    )
    media_socket: Path | None = Field(
        None, description="Set by `serve --workers`: where the embedded engine listens that its workers share."
    )
    media_workers: int = Field(1, ge=1, le=64, description="Processes that forward; one uses one core.")
    media_addresses: Addresses = Field(
        (),
        description="Addresses of this machine, with commas, on which media is taken (UDP). Unset: that of `host`, or "
        "all of them where that is `0.0.0.0`.",
    )
    media_advertised: Addresses = Field(
        (), description="What clients are told instead, in the same order: the public addresses behind a NAT."
    )
    media_ports: Ports = Field(
        (50_000, 50_999), description="Range of UDP ports; each connection takes one of each address."
    )
    media_slots: int = Field(8, ge=1, le=16, description="How many others one person can receive at the same time.")
    media_watchers: int = Field(
        20,
        ge=0,
        le=500,
        description="Viewers of a room that may receive the stage directly; the rest watch the stream.",
    )
    media_kbps: int = Field(2_500, ge=200, le=20_000, description="Most that one person may send, in kbit/s.")
    media_most_load: float = Field(
        0.7, gt=0, le=1, description="Share of a core above which a process takes no further connections."
    )
    turn_urls: TurnUrls = Field(
        (), description="TURN servers for clients whose network lets no UDP through, with commas: `turns:host:5349`."
    )
    turn_secret: SecretStr | None = Field(
        None,
        min_length=16,
        description="Secret shared with them (coturn: `static-auth-secret`). Required by `turn_urls`.",
    )
    turn_lifetime_s: int = Field(
        14_400, ge=600, le=86_400, description="How long credentials made from it are good, in seconds."
    )
