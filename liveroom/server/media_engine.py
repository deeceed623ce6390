"""Makes the media engine that the settings name, and the TURN credentials of clients."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import socket
from collections.abc import Callable

import ifaddr

from liveroom.realtime.clock import Clock
from liveroom.realtime.media.base import IceServer, MediaEngine
from liveroom.realtime.media.sfu.engine import SfuEngine
from liveroom.realtime.media.sfu.fleet import SfuSettings
from liveroom.realtime.media.shared.engine import SharedEngine
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings import Settings

LOOPBACK = "127.0.0.1"


def make_engine(settings: Settings, clock: Clock) -> MediaEngine | None:
    """The engine; None where none is configured.

    Raises:
        ConfigurationRefused: it needs a package that is not installed.
    """
    if settings.media == "livekit":
        return _make_livekit(settings, clock)
    if settings.media == "off":
        return None
    if settings.media_socket is not None:
        return SharedEngine(settings.media_socket)
    return make_sfu(settings, clock)


def make_sfu(settings: Settings, clock: Clock) -> SfuEngine:
    """The embedded engine."""
    binds = settings.media_addresses or find_addresses(settings.host)
    first, last = settings.media_ports
    sfu = SfuSettings(
        workers=settings.media_workers,
        binds=binds,
        advertised=settings.media_advertised,
        ports=(first, last),
        slots=settings.media_slots,
        most_bps=settings.media_kbps * 1_000,
        most_load=settings.media_most_load,
    )
    return SfuEngine(sfu, clock, make_ice_servers(settings))


def _make_livekit(settings: Settings, clock: Clock) -> MediaEngine:
    try:
        from liveroom.realtime.media.livekit.engine import LiveKitEngine
        from liveroom.realtime.media.livekit.terms import LiveKitTerms
    except ImportError:
        text = "LIVEROOM_MEDIA_ENGINE: livekit needs a package that is not here: pip install 'liveroom[livekit]'"
        raise ConfigurationRefused([text]) from None
    url, key, secret = settings.livekit_url, settings.livekit_key, settings.livekit_secret
    if url is None or key is None or secret is None:
        raise ConfigurationRefused(["LIVEROOM_LIVEKIT_URL: the engine `livekit` needs a server, a key and its secret"])
    api_url = settings.livekit_api_url or url
    scheme, _, rest = url.partition("://")
    client_url = f"{scheme.replace('http', 'ws')}://{rest}"
    terms = LiveKitTerms(api_url, client_url, key, secret.get_secret_value(), slots=settings.media_slots)
    return LiveKitEngine(terms, clock, make_ice_servers(settings))


def find_addresses(host: str) -> tuple[str, ...]:
    """Where media is taken when nothing is set: the address that the server listens on, or all of this machine."""
    if host in ("localhost", "::1"):
        return (LOOPBACK,)
    if host not in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not bound
        return (socket.gethostbyname(host),)
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    return tuple(each for each in found if not ipaddress.ip_address(each).is_link_local) or (LOOPBACK,)


def make_ice_servers(settings: Settings) -> Callable[[str, int], tuple[IceServer, ...]]:
    """Credentials for a TURN server that shares a secret with us (coturn: `use-auth-secret`), good for an hour.

    The scheme is draft-uberti-behave-turn-rest-00: the name is the time at which it ends, the password its HMAC.
    """
    urls = settings.turn_urls
    secret = settings.turn_secret.get_secret_value().encode() if settings.turn_secret is not None else b""

    def make(user_id: str, now_ms: int) -> tuple[IceServer, ...]:
        if not urls:
            return ()
        # Not the user id itself: TURN servers write names into their logs.
        person = hashlib.sha256(user_id.encode()).hexdigest()[:12]
        name = f"{now_ms // 1000 + settings.turn_lifetime_s}:{person}"
        digest = hmac.new(secret, name.encode(), hashlib.sha1).digest()
        return (IceServer(urls, name, base64.b64encode(digest).decode()),)

    return make
