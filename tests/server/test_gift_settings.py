"""A billing that could not be asked, or that charges nothing where strangers are, stops the start."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings import load_settings

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
HOOK: dict[str, Any] = {
    "gift_billing": "hook",
    "gift_billing_url": "https://app.example.com/billing",
    "gift_billing_secret": SECRET,
}
PRODUCTION: dict[str, Any] = {"env": "production", "secret": SecretStr("x" * 32)}


@pytest.mark.parametrize(
    ("settings", "variable"),
    [
        (HOOK | {"gift_billing_url": None}, "LIVEROOM_GIFT_BILLING_URL"),
        (HOOK | {"gift_billing_secret": ()}, "LIVEROOM_GIFT_BILLING_SECRET"),
        (HOOK | {"gift_billing_secret": "hunter2"}, "LIVEROOM_GIFT_BILLING_SECRET"),
        (HOOK | {"gift_billing_secret": "whsec_c2hvcnQ="}, "LIVEROOM_GIFT_BILLING_SECRET"),
        (HOOK | {"gift_billing_secret": f"{SECRET},{SECRET},{SECRET}"}, "LIVEROOM_GIFT_BILLING_SECRET"),
        (PRODUCTION | HOOK | {"gift_billing_url": "http://app.example.com/"}, "LIVEROOM_GIFT_BILLING_URL"),
        (PRODUCTION | {"gift_billing": "open"}, "LIVEROOM_GIFT_BILLING"),
        ({"gift_billing_deadline_ms": 4_000}, "LIVEROOM_GIFT_BILLING_DEADLINE_MS"),
        ({"currency": "yuan"}, "LIVEROOM_CURRENCY"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_name_of_its_variable(settings: dict[str, Any], variable: str) -> None:
    with pytest.raises(ConfigurationRefused) as refused:
        load_settings(**settings)
    assert variable in refused.value.message
    assert "hunter2" not in refused.value.message


def test_viewers_cannot_give_unless_somebody_decides_about_it() -> None:
    assert load_settings().gift_billing == "closed"
    assert load_settings(**PRODUCTION).gift_billing == "closed"


def test_secrets_are_two_at_most_and_never_shown() -> None:
    settings = load_settings(**HOOK | {"gift_billing_secret": f"{SECRET}, {SECRET}"})
    assert [secret.get_secret_value() for secret in settings.gift_billing_secret] == [SECRET, SECRET]
    assert SECRET not in f"{settings!r} {settings.model_dump()}"
