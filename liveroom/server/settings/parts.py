"""Value types of the settings: lists written with commas, and what may stand in them.

Promise: a value that is not understood is refused at the start, by the name of its variable.
"""

from __future__ import annotations

import base64
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, SecretStr
from pydantic_settings import NoDecode
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from liveroom.realtime.backplane.redis.location import read_location
from liveroom.rooms.storage.engines import TLS

ApiKeyHashes = tuple[tuple[str, str], ...]

_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?")
_SECONDS = re.compile(r"\d{1,6}")
_API_KEY = re.compile(r"([a-z0-9-]{1,32}):([0-9a-f]{64})")


def _split(value: object) -> object:
    """Split "a, b" into ("a", "b"); leave what is no text as it is."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _read_origins(value: object) -> object:
    """Accept "same", "*" and origins as browsers write them (RFC 6454): scheme, host and port, nothing after."""
    parts = _split(value)
    if isinstance(parts, tuple):
        for part in parts:
            if part not in ("same", "*") and not _ORIGIN.fullmatch(part):
                raise ValueError('each origin is "same", "*", or scheme://host[:port] without a path')
    return parts


def _read_networks(value: object) -> object:
    """Accept CIDR ranges and single addresses."""
    parts = _split(value)
    if not isinstance(parts, tuple):
        return parts
    try:
        return tuple(ip_network(part) if isinstance(part, str) else part for part in parts)
    except ValueError:
        raise ValueError("each is an address or a CIDR range that ends in zero bits, as 10.0.0.0/8") from None


def _read_api_keys(value: object) -> object:
    """Accept name:sha256 pairs, each name once."""
    parts = _split(value)
    if not isinstance(parts, tuple) or not all(isinstance(part, str) for part in parts):
        return parts
    matches = [_API_KEY.fullmatch(part) for part in parts]
    pairs = tuple((match[1], match[2]) for match in matches if match)
    if len(pairs) != len(parts):
        raise ValueError("each key is name:sha256, the name of a-z 0-9 -, the hash of 64 hex digits")
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("each name may stand once")
    return pairs


def _read_pauses(value: object) -> object:
    """Accept whole seconds, each at least as long as the one before."""
    parts = _split(value)
    if not isinstance(parts, tuple):
        return parts
    if not all(isinstance(part, int) or _SECONDS.fullmatch(part) for part in parts):
        raise ValueError("each is a number of whole seconds, at most a week")
    pauses = tuple(int(part) for part in parts)
    if not 1 <= len(pauses) <= 30 or list(pauses) != sorted(pauses) or pauses[-1] > 604_800:
        raise ValueError("these are 1 to 30 pauses, none shorter than the one before, none longer than a week")
    return pauses


def _read_url(value: object) -> object:
    """Accept an absolute http(s) URL without credentials."""
    if isinstance(value, str):
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("this is an absolute URL starting with http:// or https://")
        if parts.username is not None or parts.password is not None:
            raise ValueError("a URL does not carry credentials here")
    return value


def _read_socket_url(value: object) -> object:
    """Accept an absolute ws(s) URL without credentials."""
    if isinstance(value, str):
        parts = urlsplit(value)
        if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.username or parts.password:
            raise ValueError("this is an absolute URL starting with ws:// or wss://, without credentials")
    return value


def _check_database_url(value: SecretStr | None) -> SecretStr | None:
    """Accept PostgreSQL only, and never repeat the value: it has a password in it."""
    if value is not None:
        try:
            url = make_url(value.get_secret_value())
        except (ValueError, ArgumentError):
            url = None
        if url is None or url.drivername not in ("postgresql", "postgres") or not url.database:
            raise ValueError("this is postgresql://user:password@host/name")
        if url.query.keys() - {"host", "port", *TLS}:
            raise ValueError(f"after the question mark stand only host, port, {', '.join(TLS)}")
    return value


def _check_redis_url(value: SecretStr | None) -> SecretStr | None:
    """Accept what docs/nodes.md describes, and never repeat the value: it has a password in it."""
    if value is not None:
        read_location(value.get_secret_value())
    return value


def _read_secrets(value: object) -> object:
    """Accept one or two secrets as Standard Webhooks writes them; they are never repeated in a message."""
    parts = _split(value)
    if not isinstance(parts, tuple):
        return parts
    if len(parts) > 2 or not all(_is_webhook_secret(part) for part in parts):
        raise ValueError("this is whsec_ and base64 of 24 to 64 bytes; at most two, with a comma")
    return tuple(SecretStr(part) if isinstance(part, str) else part for part in parts)


def _is_webhook_secret(value: object) -> bool:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str) or not text.startswith("whsec_"):
        return False
    try:
        return 24 <= len(base64.b64decode(text.removeprefix("whsec_"), validate=True)) <= 64
    except ValueError:
        return False


BillingSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_read_secrets)]
Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_read_origins)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_read_networks)]
ApiKeyList = Annotated[
    ApiKeyHashes, NoDecode, BeforeValidator(_read_api_keys), PlainSerializer(lambda pairs: [name for name, _ in pairs])
]
Pauses = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_read_pauses)]
Url = Annotated[str | None, BeforeValidator(_read_url)]
SocketUrl = Annotated[str | None, BeforeValidator(_read_socket_url)]
DatabaseUrl = Annotated[SecretStr | None, AfterValidator(_check_database_url)]
RedisUrl = Annotated[SecretStr | None, AfterValidator(_check_redis_url)]
