"""Turns the `connect` frame into a person: a verified token, or a new guest."""

from __future__ import annotations

from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import Connect
from liveroom.server.auth import TokenIssuer, TokenVerifier
from liveroom.server.errors import InvalidToken


class Authentication:
    """The `Authenticator` of the rooms.

    Args:
        lang: language of guests who do not say theirs.
    """

    def __init__(self, verifier: TokenVerifier, issuer: TokenIssuer, lang: str) -> None:
        self._verifier = verifier
        self._issuer = issuer
        self._lang = lang

    async def identify(self, connect: Connect, address: str) -> tuple[Identity, str | None]:
        """The person behind the token; without one a new guest from `address`, with the token that brings them back.

        Whether guests may enter is each room's own rule.

        Raises:
            ServerError: the token is refused, or cannot be checked now.
        """
        if connect.token is not None:
            identity = await self._verifier.verify(connect.token)
            return identity, connect.token if identity.guest else None
        token = self._issuer.issue_guest(lang=connect.lang or self._lang, address=address)
        return await self._verifier.verify(token), token

    async def refresh(self, token: str, identity: Identity) -> Identity:
        """The identity in a newer token of the same user.

        Raises:
            ServerError: the token is refused or belongs to somebody else.
        """
        newer = await self._verifier.verify(token)
        if newer.user_id != identity.user_id:
            raise InvalidToken("the new token belongs to another user")
        return newer
