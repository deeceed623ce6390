"""What a request says about where it comes from, before anybody has checked it."""

from __future__ import annotations

from starlette.requests import Request

CREDENTIALS_UNDER = ("/api/", "/metrics")
"""Paths where credentials are looked at; elsewhere they are noise and change nothing."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""Headers of a proxy (RFC 7239, RFC 9110 §7.6.3)."""


def address_of(request: Request) -> str:
    """The address of the caller, as a trusted proxy tells it or as the socket shows it; empty when there is none."""
    return request.client.host if request.client is not None else ""


def carries_credentials(request: Request) -> bool:
    """Whether there is something to be checked that may tell who calls."""
    return "authorization" in request.headers and request.scope["path"].startswith(CREDENTIALS_UNDER)


def is_local(request: Request) -> bool:
    """Whether a program on this machine calls, and not a proxy on it that speaks for somebody else."""
    return address_of(request) in LOOPBACK and not any(name in request.headers for name in FORWARDING)
