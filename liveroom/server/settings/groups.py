"""The settings in groups, as they stand in docs/settings.md.

Each class is one section of that page: its first docstring line is the heading, and each field's description its row.
Promise: every default is safe for one process on a developer's machine; nothing is open to strangers by default.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from liveroom.realtime.codes import MESSAGE_BYTES
from liveroom.realtime.ring import RING_BYTES, RING_EVENTS
from liveroom.server.settings.media import Media
from liveroom.server.settings.moderation import Moderation
from liveroom.server.settings.parts import (
    ApiKeyList,
    BillingSecrets,
    DatabaseUrl,
    Networks,
    Origins,
    Pauses,
    RedisUrl,
    SocketUrl,
    Url,
)

DEVELOPMENT_SECRET = "development only, never use this in production"  # noqa: S105 - refused in production
"""The secret of a developer's machine. Everybody knows it, so `production` does not start with it."""

SECRET_BYTES = 32
"""Least size of the secret in production: the output of SHA-256 (RFC 7518 §3.2)."""


class Listening(BaseModel):
    """Listening"""

    env: Literal["development", "production"] = Field(
        "development", description="`production` refuses to start with the development secret or with `demo`."
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; `0.0.0.0` for every interface.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; `0` takes a free one.")
    allowed_origins: Origins = Field(
        ("same",),
        description="Web origins that may open a WebSocket, with commas. `same`: the page came from the host "
        "it connects to. `*`: any. Clients that are not browsers send no origin and are let in.",
    )
    trusted_proxies: Networks = Field(
        (), description="Addresses or CIDR ranges, with commas, whose `X-Forwarded-For` is believed. Empty: nobody's."
    )
    node: str = Field(
        default_factory=lambda: f"n_{secrets.token_hex(3)}",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Name of this process among the nodes; made up at the start when unset.",
    )
    deflate: bool = Field(True, description="Offer permessage-deflate (RFC 7692), compressed once for a whole room.")


class Tokens(BaseModel):
    """Tokens and keys"""

    secret: SecretStr = Field(
        SecretStr(DEVELOPMENT_SECRET),
        description=f"Signs guest tokens, and user tokens (HS256) when `jwks_url` is unset. "
        f"In production at least {SECRET_BYTES} random bytes.",
    )
    jwks_url: Url = Field(
        None,
        description="Key set (RFC 7517) of the issuer of user tokens. When set, user tokens are RS256, ES256 or EdDSA "
        "and the secret no longer signs them. `https` in production.",
    )
    jwt_issuer: str | None = Field(None, max_length=256, description="Required `iss` of user tokens.")
    jwt_audience: str | None = Field(
        None,
        max_length=256,
        description="Required `aud` of user tokens. When unset, a token made for some audience is refused.",
    )
    jwt_leeway_s: int = Field(5, ge=0, le=30, description="How far the issuer's clock may be off, in seconds.")
    jwt_lifetime_s: int = Field(
        86_400, ge=60, le=604_800, description="Longest lifetime of a user token that is accepted, in seconds."
    )
    guest_lifetime_s: int = Field(86_400, ge=60, le=604_800, description="Lifetime of a guest token, in seconds.")
    api_keys: ApiKeyList = Field(
        (),
        repr=False,
        description="Keys of servers that call this one: `name:sha256`, with commas. Made by `liveroom api-key NAME`.",
    )


class Limits(BaseModel):
    """Limits"""

    message_bytes: int = Field(
        MESSAGE_BYTES, ge=1024, le=1_048_576, description="Largest message from a client, inflated, in bytes."
    )
    connect_timeout_s: float = Field(5.0, gt=0, le=60, description="Time for the `connect` frame, in seconds.")
    header_timeout_s: float = Field(10.0, gt=0, le=60, description="Time for a complete HTTP header, in seconds.")
    heartbeat_s: float = Field(25.0, ge=1, le=300, description="Time between two pings of a connection, in seconds.")
    handshakes_per_s: int = Field(
        2_000, ge=1, description="WebSocket handshakes a second; above it the answer is 503 with `Retry-After`."
    )
    max_connections: int = Field(20_000, ge=1, description="Open WebSockets; above it the answer is 503.")
    max_http_connections: int = Field(
        1_000,
        ge=10,
        description="Open connections beyond those, for plain HTTP and for handshakes under way; above both together "
        "the answer is 503. All of them have to fit into the limit of open files.",
    )
    max_connections_per_ip: int = Field(
        0,
        ge=0,
        description="Open connections, WebSockets and plain HTTP, from one address, or from one /64 of IPv6; "
        "`0`: not limited.",
    )
    commands_per_s: float = Field(20.0, gt=0, description="Commands a second from one connection, in the long run.")
    commands_burst: int = Field(40, ge=1, description="Commands one connection may send at once.")
    http_calls_per_s: float = Field(
        10.0, gt=0, description="HTTP calls a second of one user, in the long run; five seconds of them at once."
    )
    http_service_calls_per_s: float = Field(1_000.0, gt=0, description="The same of one API key, and of one operator.")
    http_stranger_calls_per_s: float = Field(
        200.0,
        gt=0,
        description="HTTP requests a second without an accepted token or key, from one address or one /64 of IPv6: "
        "pages (twenty parts of one count as one), documents, refused calls, guests. Behind a proxy set "
        "`trusted_proxies`, or all share it.",
    )


class Rooms(BaseModel):
    """Rooms"""

    ring_events: int = Field(RING_EVENTS, ge=16, le=65_536, description="Events of a room kept for those who resume.")
    ring_bytes: int = Field(
        RING_BYTES, ge=65_536, le=67_108_864, description="Upper bound of the same in bytes; the smaller one holds."
    )
    slow_close_s: float = Field(
        5.0,
        gt=0,
        le=60,
        description="A connection with a full buffer that takes less than 16 KiB in so many seconds "
        "is closed with 4100.",
    )
    lang: Literal["zh", "en"] = Field("zh", description="Language for those who do not say theirs.")
    scenes_dir: Path | None = Field(
        None, description="Directory with scenes (texts and value cards) of your own, beside the built-in ones."
    )
    demo: bool = Field(
        False, description="Serve the demo room, its audience and the route that hands out tokens. Never in production."
    )


class Storage(BaseModel):
    """Storage"""

    data_dir: Path = Field(
        Path("liveroom-data"),
        description="Directory of the embedded database; made at the start, for its owner only. Relative to where the "
        "server is started. Not used with `database_url`.",
    )
    database_url: DatabaseUrl = Field(
        None,
        repr=False,
        description="`postgresql://user:password@host/name`, shared by all nodes; over TLS with "
        "`?sslmode=verify-full&sslrootcert=/path`. Unset: SQLite in `data_dir`.",
    )
    database_connections: int = Field(
        10, ge=2, le=200, description="Most connections of this node to PostgreSQL at the same time."
    )
    history_keep_s: int = Field(
        2_592_000,
        ge=604_800,
        le=315_360_000,
        description="How long the database keeps single votes, and each change of what passes (questions, the stage, "
        "polls, topics, battles, the shelf), in seconds; results stay (docs/operations.md).",
    )


class Nodes(BaseModel):
    """Several nodes"""

    redis_url: RedisUrl = Field(
        None,
        repr=False,
        description="Redis (7 or newer) or Valkey that all nodes share: `redis://user:password@host/0`, "
        "`redis+sentinel://host,host/name`, `redis+cluster://host,host`; with TLS `rediss…`. Unset: "
        "this process is alone.",
    )


class Webhooks(BaseModel):
    """Webhooks"""

    webhook_networks: Networks = Field(
        (),
        description="Addresses or CIDR ranges, with commas, that webhooks may go to although they are not public. "
        "In development this machine is allowed besides, by plain http too.",
    )
    webhook_timeout_s: float = Field(10.0, ge=1, le=30, description="Time for one try, in seconds.")
    webhook_pauses_s: Pauses = Field(
        (5, 30, 120, 600, 1_800, 7_200, 21_600, 43_200, 86_400),
        description="Longest pauses between the tries, in seconds; each is drawn between nothing and this. After one "
        "try more than there are pauses a delivery is dead: after 22 hours on average, 45 at most.",
    )
    webhook_delivered_keep_s: int = Field(
        86_400, ge=60, le=2_592_000, description="How long deliveries that arrived can be looked at, in seconds."
    )
    webhook_dead_keep_s: int = Field(
        2_592_000, ge=3_600, le=31_536_000, description="How long dead deliveries can be sent again, in seconds."
    )


class Gifts(BaseModel):
    """Gifts and orders"""

    gift_billing: Literal["closed", "hook", "open"] = Field(
        "closed",
        description="Who decides about gifts of viewers. `closed`: nobody may give. `hook`: `gift_billing_url` is "
        "asked before each. `open`: nothing is charged; never in production. Servers with an API key may always give.",
    )
    gift_billing_url: Url = Field(
        None, description="Where the app's billing is asked. Required by `hook`; `https` in production."
    )
    gift_billing_secret: BillingSecrets = Field(
        (),
        repr=False,
        description="Signs calls to it: `whsec_` and base64, as of Standard Webhooks. Required by `hook`. Two with a "
        "comma both sign, while one is exchanged for the other.",
    )
    gift_billing_deadline_ms: int = Field(
        400, ge=50, le=3_000, description="Longest wait for its answer, the wait for a free line included, in ms."
    )
    gift_billing_on_failure: Literal["refuse", "accept"] = Field(
        "refuse",
        description="When it does not answer. `refuse`: nothing is given, and what it may have charged is voided. "
        "`accept`: the gift is given, and it is asked again until it answers.",
    )
    gift_billing_lines: int = Field(64, ge=1, le=1_000, description="Calls to it at the same time.")
    gift_currency: str = Field(
        "COIN", pattern=r"^[A-Z][A-Z0-9]{2,7}$", description="What gifts are priced in: the app's coins, or ISO 4217."
    )
    currency: str = Field(
        "CNY", pattern=r"^[A-Z]{3}$", description="Currency of orders (ISO 4217); one in another currency is refused."
    )


class Operation(BaseModel):
    """Operation"""

    drain_s: float = Field(
        10.0, ge=0, le=600, description="After SIGTERM, clients are moved away within this time, in seconds."
    )
    drain_url: SocketUrl = Field(
        None,
        description="Where clients are told to go then: `wss://host/ws`. Unset: to the address they came to, where a "
        "balancer or another worker takes them.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field(
        "json", description="`json`: one object a line. `console`: for people."
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="When set, `/metrics` wants `Authorization: Bearer` with this token (16 characters or more). "
        "Unset: `/metrics` answers this machine alone.",
    )
    metrics_open: bool = Field(False, description="Let everybody read `/metrics` who can reach it.")


GROUPS: tuple[type[BaseModel], ...] = (
    *(Listening, Tokens, Limits, Rooms, Moderation, Storage, Nodes, Webhooks, Gifts, Media),
    Operation,
)
"""The sections in their order."""
