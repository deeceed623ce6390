"""Settings: what starts, what refuses to start, and that the page in docs/ is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from liveroom.server.errors import ConfigurationRefused
from liveroom.server.settings import DEVELOPMENT_SECRET, Settings, find_unknown_variables, load_settings
from liveroom.server.settings.page import render_page

SECRET = "s3cret-of-this-test-0123456789-abcdef"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LIVEROOM_{name.upper()}", raising=False)


def test_development_starts_with_no_variable_set() -> None:
    settings = load_settings()
    assert settings.host == "127.0.0.1"
    assert settings.secret.get_secret_value() == DEVELOPMENT_SECRET
    assert settings.allowed_origins == ("same",)
    assert settings.trusted_proxies == ()
    assert not settings.demo


@pytest.mark.parametrize(
    ("variables", "at_fault"),
    [
        ({}, "LIVEROOM_SECRET"),
        ({"LIVEROOM_SECRET": DEVELOPMENT_SECRET}, "LIVEROOM_SECRET"),
        ({"LIVEROOM_SECRET": "x" * 31}, "LIVEROOM_SECRET"),
        ({"LIVEROOM_SECRET": SECRET, "LIVEROOM_DEMO": "true"}, "LIVEROOM_DEMO"),
        ({"LIVEROOM_SECRET": SECRET, "LIVEROOM_JWKS_URL": "http://id.example.org/keys"}, "LIVEROOM_JWKS_URL"),
    ],
)
def test_production_refuses_what_is_only_safe_in_development(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], at_fault: str
) -> None:
    monkeypatch.setenv("LIVEROOM_ENV", "production")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationRefused, match=at_fault):
        load_settings()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "live.example.org"])  # noqa: S104 - refused here
def test_the_development_secret_does_not_leave_the_machine(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """Everybody knows it: whoever reaches the server could be an operator. A secret of one's own is enough."""
    monkeypatch.setenv("LIVEROOM_HOST", host)
    with pytest.raises(ConfigurationRefused, match="LIVEROOM_SECRET"):
        load_settings()
    monkeypatch.setenv("LIVEROOM_SECRET", SECRET)
    assert load_settings().host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_development_secret_serves_on_the_machine_itself(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("LIVEROOM_HOST", host)
    assert load_settings().secret.get_secret_value() == DEVELOPMENT_SECRET


def test_production_starts_with_a_secret_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEROOM_ENV", "production")
    monkeypatch.setenv("LIVEROOM_SECRET", SECRET)
    assert load_settings().is_production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "tcp://10.0.0.1:8000"),
        ("PORT", "70000"),
        ("ENV", "staging"),
        ("JWT_LEEWAY_S", "31"),
        ("ALLOWED_ORIGINS", "https://live.example.org/path"),
        ("ALLOWED_ORIGINS", "live.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("API_KEYS", "shop:abc"),
        ("API_KEYS", f"shop:{'0' * 64},shop:{'1' * 64}"),
        ("JWKS_URL", "ftp://id.example.org"),
        ("JWKS_URL", "https://user:pass@id.example.org/keys"),
        ("METRICS_TOKEN", "short"),
        ("DRAIN_URL", "https://host-of-this-test/ws"),
        ("REDIS_URL", "http://:s3cret-of-this-test@h"),
        ("REDIS_URL", "redis://:s3cret-of-this-test@a,b"),
        ("NODE", "a node"),
        ("MESSAGE_BYTES", "nan"),
        ("CONNECT_TIMEOUT_S", "inf"),
        ("CONNECT_TIMEOUT_S", "nan"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LIVEROOM_{name}", value)
    with pytest.raises(ConfigurationRefused, match=f"LIVEROOM_{name}: ") as refused:
        load_settings()
    assert value not in refused.value.message.replace(f"LIVEROOM_{name}", "")


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEROOM_ALLOWED_ORIGINS", "same, https://a.example.org ,http://[::1]:8000,")
    monkeypatch.setenv("LIVEROOM_TRUSTED_PROXIES", "10.0.0.0/8,::1")
    monkeypatch.setenv("LIVEROOM_API_KEYS", f"shop:{'0' * 64},crm:{'1' * 64}")
    settings = load_settings()
    assert settings.allowed_origins == ("same", "https://a.example.org", "http://[::1]:8000")
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert settings.api_keys == (("shop", "0" * 64), ("crm", "1" * 64))


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JWKS_URL", "PORT", "METRICS_TOKEN", "API_KEYS"):
        monkeypatch.setenv(f"LIVEROOM_{name}", "")
    settings = load_settings()
    assert (settings.jwks_url, settings.port, settings.metrics_token, settings.api_keys) == (None, 8000, None, ())


def test_overrides_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEROOM_PORT", "9000")
    assert load_settings(port=0).port == 0


def test_no_secret_is_shown_by_repr_or_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "ab" * 32
    monkeypatch.setenv("LIVEROOM_SECRET", SECRET)
    monkeypatch.setenv("LIVEROOM_METRICS_TOKEN", "metrics-token-of-this-test")
    monkeypatch.setenv("LIVEROOM_API_KEYS", f"shop:{digest}")
    settings = load_settings()
    shown = repr(settings) + str(settings) + settings.model_dump_json() + repr(settings.model_dump())
    assert SECRET not in shown
    assert "metrics-token-of-this-test" not in shown
    assert digest not in shown


def test_settings_never_change() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # the point of the test


def test_a_mistyped_variable_is_found_with_what_was_meant() -> None:
    environ = {"LIVEROOM_POTR": "1", "LIVEROOM_PORT": "1", "LIVEROOM_CHROMIUM": "x", "LIVEROOM_ZZZZ": "", "PATH": "x"}
    assert find_unknown_variables(environ) == {"LIVEROOM_POTR": "LIVEROOM_PORT", "LIVEROOM_ZZZZ": None}


def test_the_settings_page_says_what_the_code_says() -> None:
    page = Path(__file__).parents[2] / "docs" / "settings.md"
    assert page.read_text("utf-8") == render_page(), "docs/settings.md is out of date: run `make docs`"


def test_every_setting_is_described_once_on_the_page() -> None:
    page = render_page()
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert page.count(f"| `LIVEROOM_{name.upper()}` |") == 1


def test_every_default_can_be_set_as_it_stands_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = load_settings(node="n")
    for variable, default in re.findall(r"^\| `(LIVEROOM_\w+)` \| `([^`]+)` \|", render_page(), re.MULTILINE):
        monkeypatch.setenv(variable, default)
    assert load_settings(node="n") == bare


@pytest.mark.parametrize(
    ("url", "is_accepted"),
    [
        ("postgresql://u:p@db/live", True),
        ("postgres://u:p/ss@db:5432/live?sslmode=verify-full&sslrootcert=/ca.pem", True),
        ("postgresql://u@/live?host=/run/postgresql", True),
        ("postgresql://u:hidden@db/live?channel_binding=require", False),
        ("postgresql+psycopg://u:hidden@db/live", False),
        ("mysql://u:hidden@db/live", False),
        ("postgresql://u:hidden@db", False),
    ],
)
def test_a_database_that_could_not_be_used_is_refused_at_the_start(
    url: str, is_accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And its password is not repeated."""
    monkeypatch.setenv("LIVEROOM_DATABASE_URL", url)
    if is_accepted:
        assert load_settings().dialect == "postgresql"
        return
    with pytest.raises(ConfigurationRefused, match="LIVEROOM_DATABASE_URL") as refused:
        load_settings()
    assert "hidden" not in refused.value.message


def test_the_password_of_the_redis_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIVEROOM_REDIS_URL", "redis://:hidden@127.0.0.1/0")
    settings = load_settings()
    assert "hidden" not in f"{settings!r} {settings.model_dump()} {settings.model_dump_json()}"
