"""The settings of a server: read once from the environment, checked together, never changed.

Promise: a process that starts has settings that fit each other; one that does not start names each variable at
fault. No secret is ever part of a message, a `repr` or a dump.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, Self

from pydantic import ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from liveroom.rooms.storage.portable import DialectName
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings.groups import (
    DEVELOPMENT_SECRET,
    GROUPS,
    SECRET_BYTES,
    Gifts,
    Limits,
    Listening,
    Nodes,
    Operation,
    Rooms,
    Storage,
    Tokens,
    Webhooks,
)
from liveroom.server.settings.media import Media
from liveroom.server.settings.moderation import Moderation

__all__ = ["DEVELOPMENT_SECRET", "GROUPS", "PREFIX", "Settings", "find_unknown_variables", "load_settings"]

PREFIX = "LIVEROOM_"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_TOOL_VARIABLES = frozenset({"LIVEROOM_CHROMIUM"})


class Settings(
    Operation, Media, Gifts, Webhooks, Nodes, Storage, Moderation, Rooms, Limits, Tokens, Listening, BaseSettings
):
    """All settings; the variable of each field is `LIVEROOM_` and its name in capitals (docs/settings.md)."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        # `LIVEROOM_X=` in a compose file means unset.
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
    )

    @property
    def dialect(self) -> DialectName:
        """Which database it is."""
        return "sqlite" if self.database_url is None else "postgresql"

    @property
    def is_production(self) -> bool:
        """Whether strangers are expected."""
        return self.env == "production"

    @model_validator(mode="after")
    def _refuse_development_in_production(self) -> Self:
        """Refuse what is harmless on a developer's machine and not elsewhere (requirement L2)."""
        secret = self.secret.get_secret_value()
        if not self.is_production:
            if secret == DEVELOPMENT_SECRET and self.host not in LOOPBACK:
                text = (
                    "is unset, and the development secret is known to everybody; outside of this machine set your own"
                )
                raise _fault("secret", text)
            return self
        if secret == DEVELOPMENT_SECRET:
            raise _fault("secret", "is unset, and the development secret is known to everybody; set one of your own")
        if len(secret.encode()) < SECRET_BYTES:
            raise _fault("secret", f"is shorter than {SECRET_BYTES} bytes")
        if self.demo:
            raise _fault("demo", "hands out tokens to everybody; it cannot be on in production")
        if self.jwks_url is not None and not self.jwks_url.startswith("https://"):
            raise _fault("jwks_url", "must use https in production")
        return self

    @property
    def media(self) -> str:
        """What carries audio and video: `sfu`, `livekit` or `off`."""
        if self.media_engine != "auto":
            return self.media_engine
        if self.livekit_url is not None:
            return "livekit"
        return "sfu" if self.redis_url is None or self.media_socket is not None else "off"

    @model_validator(mode="after")
    def _check_livekit(self) -> Self:
        """Refuse a LiveKit server that could not be used."""
        if self.media_engine == "livekit" and self.livekit_url is None:
            raise _fault("livekit_url", "is unset; the engine `livekit` needs a server")
        if self.livekit_url is not None and (self.livekit_key is None or self.livekit_secret is None):
            raise _fault("livekit_secret", "is unset, or livekit_key; tokens could not be signed")
        return self

    @model_validator(mode="after")
    def _check_turn(self) -> Self:
        """Refuse TURN servers that no client could use."""
        if self.turn_urls and self.turn_secret is None:
            raise _fault("turn_secret", "is unset; clients could not sign in to the TURN server")
        return self

    @model_validator(mode="after")
    def _check_billing(self) -> Self:
        """Refuse a billing that could not be asked, and one that charges nothing where strangers are (L14)."""
        if self.gift_billing == "hook":
            if self.gift_billing_url is None:
                raise _fault("gift_billing_url", "is unset; `hook` has nobody to ask")
            if not self.gift_billing_secret:
                raise _fault("gift_billing_secret", "is unset; the app could not tell our calls from others")
            if self.is_production and not self.gift_billing_url.startswith("https://"):
                raise _fault("gift_billing_url", "must use https in production")
        if self.gift_billing == "open" and self.is_production:
            raise _fault("gift_billing", "`open` gives gifts away for nothing; it cannot be on in production")
        return self

    @model_validator(mode="after")
    def _check_review(self) -> Self:
        """Refuse a judge that could not tell our calls from those of others."""
        if self.review_url is None:
            return self
        if not self.review_secret:
            raise _fault("review_secret", "is unset; the judge could not tell our calls from others")
        if self.is_production and not self.review_url.startswith("https://"):
            raise _fault("review_url", "must use https in production")
        return self


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment; `overrides` (by field name) win.

    Raises:
        ConfigurationRefused: a variable has no acceptable value, or some do not fit together.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise ConfigurationRefused([_describe(detail) for detail in error.errors(include_input=False)]) from None


def find_unknown_variables(environ: Mapping[str, str]) -> dict[str, str | None]:
    """Variables that look like settings and are none, each with the name that was probably meant."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = {name for name in environ if name.upper().startswith(PREFIX)} - known - _TOOL_VARIABLES
    return {name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), None) for name in sorted(unknown)}


def _fault(name: str, message: str) -> PydanticCustomError:
    return PydanticCustomError(
        "setting", "{variable} {fault}", {"variable": f"{PREFIX}{name.upper()}", "fault": message}
    )


def _describe(detail: Mapping[str, Any]) -> str:
    if not detail["loc"]:
        return str(detail["msg"])
    return f"{PREFIX}{str(detail['loc'][0]).upper()}: {str(detail['msg']).removeprefix('Value error, ')}"
