"""Tokens: renewed in band, renewed before a reconnect, and those of guests."""

from __future__ import annotations

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import SERVER_TIME_MS, Stage, check, comment, recovery

EXPIRING = {"kind": "token.expiring", "ts": 1, "data": {"expires_at": SERVER_TIME_MS + 60_000}}
TWO_TOKENS = ("token-1", "token-2")


@scenario("refresh-in-band", "token.expiring is answered by auth.refresh with a fresh token on the same connection")
async def refresh_in_band(stage: Stage) -> None:
    """Warns the client; the connection goes on."""
    peer = await stage.start(tokens=TWO_TOKENS)
    await stage.welcome(peer)
    await peer.send({"type": "private", "events": [EXPIRING]})
    refresh = await peer.expect("auth.refresh")
    check(
        refresh.get("data") == {"token": "token-2"}, "auth.refresh does not carry the token that the source gives next"
    )
    answer = {"token_expires_at": SERVER_TIME_MS + 7_200_000}
    await peer.send({"type": "ack", "id": refresh["id"], "data": answer})
    await peer.tell(11, comment(11))
    await stage.sees_events(11)
    await stage.port.stay_quiet(0.5, "the token was renewed on the old one")


@scenario("expired", "4003: the client gets a fresh token first, then reconnects and resumes")
async def expired(stage: Stage) -> None:
    """Closes because the token ran out."""
    peer = await stage.start(tokens=TWO_TOKENS)
    await stage.welcome(peer)
    await stage.sees("status", status="connected")
    await peer.close(4003, "token expired")
    connect = await stage.welcome(await stage.return_(), {"demo": recovery(10)})
    check(connect.get("token") == "token-2", "the client reconnected with the token that had expired")
    check(connect.get("rooms") == {"demo": {"epoch": "e1", "seq": 10}}, "the client did not resume at its position")


@scenario("token-kept", "a token that is still good is used again; the source is not asked at every cut")
async def token_kept(stage: Stage) -> None:
    """An ordinary cut."""
    peer = await stage.start(tokens=TWO_TOKENS)
    await stage.welcome(peer)
    await peer.cut()
    connect = await stage.welcome(await stage.return_(), {"demo": recovery(10)})
    check(connect.get("token") == "token-1", "the client asked for a new token though the old one was good")


@scenario("guest", "a guest connects without a token and comes back with guest_token as the same guest")
async def guest(stage: Stage) -> None:
    """No token at all."""
    peer = await stage.start(tokens=())
    connect = await stage.welcome(peer, guest_token="guest-7")  # noqa: S106 - a made-up token
    check(connect.get("token") is None, "the client has no token, but sent one")
    await stage.sees("status", status="connected")
    await peer.cut()
    connect = await stage.welcome(await stage.return_(), {"demo": recovery(10)})
    check(connect.get("token") == "guest-7", "the client came back as another guest: guest_token was not sent")
