"""Where the server is, as it is written in one URL (docs/nodes.md).

Promise: a URL that is not understood is refused with the reason, and neither the reason nor the `repr` repeats it,
since it has a password in it.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

PORT = 6379
SENTINEL_PORT = 26379


class Kind(StrEnum):
    """How many servers there are, and who knows where."""

    SINGLE = "single"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


SCHEMES = {
    "redis": (Kind.SINGLE, False),
    "rediss": (Kind.SINGLE, True),
    "unix": (Kind.SINGLE, False),
    "redis+sentinel": (Kind.SENTINEL, False),
    "rediss+sentinel": (Kind.SENTINEL, True),
    "redis+cluster": (Kind.CLUSTER, False),
    "rediss+cluster": (Kind.CLUSTER, True),
}


class Address(NamedTuple):
    """One server; `port` 0: `host` is the path of a socket."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host


@dataclass(frozen=True, slots=True)
class Location:
    """See the module.

    Args:
        addresses: to begin with; of the sentinels, where there are any.
        service: what the sentinels call the primary.
        ca: file with the authority that certificates are checked against; None: those of the system.
    """

    kind: Kind
    addresses: tuple[Address, ...]
    db: int = 0
    service: str = ""
    has_tls: bool = False
    ca: str | None = None
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    sentinel_password: str | None = field(default=None, repr=False)

    def tls(self) -> ssl.SSLContext | None:
        """What encrypts connections; to make it takes some milliseconds.

        Raises:
            ConnectionError: the file of the authority cannot be used.
        """
        if not self.has_tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca)
        except OSError as error:
            raise ConnectionError(f"the file named by `ca` cannot be used: {error.strerror or error}") from None


def read_location(url: str) -> Location:
    """Read a URL.

    Raises:
        ValueError: it is not understood; the message says why and repeats nothing of it.
    """
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise ValueError("this is no URL") from None
    if parts.scheme not in SCHEMES:
        raise ValueError(f"the URL begins with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
    if query.keys() - {"ca", "sentinel_password", "db"}:
        raise ValueError("after the question mark stand only ca, db and sentinel_password")
    kind, has_tls = SCHEMES[parts.scheme]
    user, password = _credentials(parts)
    service, db = _path(parts, kind)
    return Location(
        kind=kind,
        addresses=_addresses(parts, kind),
        db=_number(query["db"][0], "db") if "db" in query else db,
        service=service,
        has_tls=has_tls,
        ca=query["ca"][0] if "ca" in query else None,
        user=user,
        password=password,
        sentinel_password=query["sentinel_password"][0] if "sentinel_password" in query else None,
    )


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if "@" not in parts.netloc:
        return None, None
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return unquote(user) or None, unquote(password) or None


def _addresses(parts: SplitResult, kind: Kind) -> tuple[Address, ...]:
    if parts.scheme == "unix":
        if not parts.path.startswith("/"):
            raise ValueError("unix:// is followed by the full path of a socket")
        return (Address(unquote(parts.path), 0),)
    default = SENTINEL_PORT if kind is Kind.SENTINEL else PORT
    hosts = parts.netloc.rpartition("@")[2].split(",")
    addresses = tuple(_address(host, default) for host in hosts)
    if kind is Kind.SINGLE and len(addresses) > 1:
        raise ValueError("several hosts need redis+sentinel:// or redis+cluster://")
    return addresses


def _address(text: str, default: int) -> Address:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(default)
    host = host.removeprefix("[").removesuffix("]")
    number = _number(port, "the port")
    if not host or not 0 < number < 65_536:
        raise ValueError("each host is a name or an address, with a port from 1 to 65535 or without")
    return Address(host, number)


def _path(parts: SplitResult, kind: Kind) -> tuple[str, int]:
    """Service and number of the database."""
    if parts.scheme == "unix":
        return "", 0
    names = [unquote(name) for name in parts.path.split("/") if name]
    service = ""
    if kind is Kind.SENTINEL:
        if not names:
            raise ValueError("after the sentinels comes the name of the primary: redis+sentinel://host/name")
        service = names.pop(0)
    db = _number(names.pop(0), "the number of the database") if names else 0
    if names:
        raise ValueError("the path has too many parts")
    if db and kind is Kind.CLUSTER:
        raise ValueError("a cluster has no numbered databases")
    return service, db


def _number(text: str, what: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise ValueError(f"{what} is a whole number")
    return int(text)
