"""Keeps secrets, what people write and where they live out of the logs (requirement L36).

A field is cleaned by its name, and every text by its content as well, because a token can end up in any message.
Promise: no token, API key, query string or message body passes `redact`, at any depth; addresses of people are cut to
their network above DEBUG.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address, ip_network
from typing import Any

REDACTED = "[redacted]"

_SECRET_FIELDS = frozenset(
    {
        "api_key",
        "authorization",
        "cookie",
        "guest_token",
        "jwt",
        "key",
        "keys",
        "metrics_token",
        "password",
        "secret",
        "set_cookie",
        "token",
    }
)
_CONTENT_FIELDS = frozenset({"body", "data", "headers", "payload", "query", "text"})
_HIDDEN_FIELDS = _SECRET_FIELDS | _CONTENT_FIELDS
_ADDRESS_FIELDS = frozenset({"address", "ip", "peer", "remote", "remote_addr", "x_forwarded_for"})
_DEPTH = 8

_HOST = re.compile(r"\[([^\]]*)\](?::\d+)?|([^:]*):\d+")

# Every pattern starts only where a word starts and never goes back, so that a long hostile line costs linear time.
_LONG_WORD = re.compile(r"(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]{16,}+")
_TOKEN_START = "eyJ"  # noqa: S105 - how base64url writes '{"', with which the header of every JWT starts
_API_KEY = re.compile(r"lrk_[A-Za-z0-9_-]{8,}+")
_BEARER = re.compile(r"\b(bearer|basic)\s++[A-Za-z0-9._~+/=-]{4,}+", re.IGNORECASE)
_QUERY = re.compile(r"(?<![^\s\"'<>])([^\s\"'<>?#]*+)[?#][^\s\"'<>]*+")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")


def redact(_: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that cleans every field of `event`."""
    keep_addresses = method == "debug"
    for name, value in event.items():
        event[name] = _clean_field(name, value, keep_addresses, _DEPTH)
    return event


def shorten_address(address: str) -> str:
    """The network an address is in, /24 or /48: enough to see an attack from one place, not whose phone it is.

    Loopback and unspecified addresses stay; what is no address becomes "[redacted]".
    """
    match = _HOST.fullmatch(address)
    host = (match[1] or match[2]) if match else address
    try:
        parsed = ip_address(host)
    except ValueError:
        return REDACTED
    if parsed.is_loopback or parsed.is_unspecified:
        return str(parsed)
    return str(ip_network((parsed, 24 if parsed.version == 4 else 48), strict=False))


def scrub(text: str, *, keep_addresses: bool = False) -> str:
    """`text` without tokens, API keys, query strings and, unless kept, full addresses."""
    text = _QUERY.sub(_cut_query, text)
    text = _LONG_WORD.sub(_cut_token, text)
    text = _API_KEY.sub("[api key]", text)
    text = _BEARER.sub(r"\1 [redacted]", text)
    return text if keep_addresses else _IPV6.sub(_shorten_match, _IPV4.sub(_shorten_match, text))


def _cut_query(match: re.Match[str]) -> str:
    """Leave out what follows "?" or "#" where a path or URL stands before it; a question keeps its mark."""
    return match[1] if "/" in match[1] else match[0]


def _cut_token(match: re.Match[str]) -> str:
    """Leave out a token, also one that is glued to the word before it."""
    before, start, _ = match[0].partition(_TOKEN_START)
    return f"{before}[token]" if start else match[0]


def _shorten_match(match: re.Match[str]) -> str:
    try:
        ip_address(match[0])
    except ValueError:
        return match[0]  # four numbers or a time of day, not an address
    return shorten_address(match[0])


def _clean_field(name: str, value: Any, keep_addresses: bool, depth: int) -> Any:
    field = name.lower().replace("-", "_")
    if field in _HIDDEN_FIELDS and not isinstance(value, bool | int | float | None):
        return REDACTED
    if field in _ADDRESS_FIELDS and not keep_addresses:
        return None if value is None else shorten_address(str(value))
    return _clean(value, keep_addresses, depth)


def _clean(value: Any, keep_addresses: bool, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth == 0:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            scrub(str(name)): _clean_field(str(name), inner, keep_addresses, depth - 1) for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner, keep_addresses, depth - 1) for inner in value]
    return scrub(value if isinstance(value, str) else str(value), keep_addresses=keep_addresses)
