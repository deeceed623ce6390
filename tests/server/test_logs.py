"""Logs: one line a thing, and nothing in them that must not be there (L36, S11)."""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

import orjson
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.identity import Role
from liveroom.server.auth import TokenIssuer, make_api_key
from liveroom.server.logs import configure_logs
from liveroom.server.redaction import redact, scrub, shorten_address
from liveroom.server.settings.groups import Tokens
from tests.support.clock import FakeClock


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure_logs(level="debug", stream=stream)
    return stream


@pytest.fixture
def token(clock: FakeClock) -> str:
    return TokenIssuer(Tokens(), clock).issue("u1", role=Role.OPERATOR)


def read_lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_time_level_and_fields(stream: io.StringIO) -> None:
    structlog.get_logger("liveroom.rooms").info("room_opened", room="demo", viewers=3)
    (line,) = read_lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "room_opened", "level": "info", "logger": "liveroom.rooms", "room": "demo", "viewers": 3}


def test_the_level_holds_for_structlog_and_the_standard_library() -> None:
    stream = io.StringIO()
    configure_logs(level="warning", stream=stream)
    structlog.get_logger("a").info("left_out")
    logging.getLogger("b").info("left out")
    structlog.get_logger("a").warning("kept")
    logging.getLogger("b").warning("kept")
    assert [line["event"] for line in read_lines(stream)] == ["kept", "kept"]


def test_configuring_twice_writes_each_line_once(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    logging.getLogger("x").info("once")
    structlog.get_logger("x").info("once")
    assert len(read_lines(stream)) == 2


@pytest.mark.parametrize("format_", ["json", "console"])
def test_a_token_never_appears_whatever_carries_it(token: str, format_: Any) -> None:
    stream = io.StringIO()
    configure_logs(level="debug", format_=format_, stream=stream)
    log = structlog.get_logger("x")
    signature = token.rpartition(".")[2]
    log.info("a", token=token, anything=token, nested={"deep": [{"deeper": (token, {token})}]}, names={token: 1})
    log.info(f"in the text: {token}, or glued to it{token}")
    log.info("b", url=f"wss://live.example.org/ws?access_token={token}#{token}", header=f"Bearer {token}")
    log.info("c", raw=token.encode(), error=ValueError(token))
    logging.getLogger("uvicorn.error").info("%s", {"token": token})
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "[::1]:5", "GET", f"/ws?t={token}", "1.1", 101)
    logging.getLogger("x").info("extra", extra={"connection": {"token": token}})
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(token, stacklevel=1)
    try:
        raise RuntimeError(token)
    except RuntimeError:
        log.exception("failed")
        logging.getLogger("x").exception("failed %s", token)
    assert stream.getvalue().count("[token]") >= 8
    assert signature not in stream.getvalue()
    assert token[:40] not in stream.getvalue()


def test_api_keys_and_bearers_never_appear(stream: io.StringIO) -> None:
    key, _ = make_api_key("shop")
    log = structlog.get_logger("x")
    log.info("a", anything=key, note=f"with {key}.", authorization=f"Bearer {key}", header="Basic dXNlcjpwYXNz")
    assert key not in stream.getvalue()
    assert "dXNlcjpwYXNz" not in stream.getvalue()


@pytest.mark.parametrize("field", ["text", "data", "body", "payload", "secret", "key", "password", "Cookie"])
def test_what_people_write_and_secrets_never_appear_under_their_names(stream: io.StringIO, field: str) -> None:
    structlog.get_logger("x").info("a", **{field: "小声说的话"}, frame={field: {"inner": "小声说的话"}})
    (line,) = read_lines(stream)
    assert line[field] == line["frame"][field] == "[redacted]"


def test_numbers_under_such_names_stay(stream: io.StringIO) -> None:
    structlog.get_logger("x").info("a", keys=3, data=None, text=True)
    (line,) = read_lines(stream)
    assert (line["keys"], line["data"], line["text"]) == (3, None, True)


def test_the_local_variables_of_a_failed_function_do_not_appear(stream: io.StringIO) -> None:
    whispered = "小声" + "说的话"
    try:
        len(1 if whispered else "")  # type: ignore[arg-type]  # the point is that it fails
    except TypeError:
        structlog.get_logger("x").exception("failed")
    (line,) = read_lines(stream)
    assert "TypeError" in line["exception"]
    assert whispered not in stream.getvalue()


def test_an_access_line_has_fields_and_no_query_string(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "203.0.113.9:50123", "GET", "/metrics?pass=hunter2", "1.1", 200
    )
    (line,) = read_lines(stream)
    assert line["event"] == "http_answered"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/metrics", 200)
    assert line["address"] == "203.0.113.0/24"
    assert "hunter2" not in stream.getvalue()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("203.0.113.9:443", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("[2001:db8:1:2::3]", "2001:db8:1::/48"),
        ("[2001:db8:1:2::3]:443", "2001:db8:1::/48"),
        ("127.0.0.1:8000", "127.0.0.1"),
        ("::1", "::1"),
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104 - a text, nothing is bound
        ("unix:", "[redacted]"),
        ("", "[redacted]"),
    ],
)
def test_an_address_is_shown_as_its_network(address: str, shown: str) -> None:
    assert shorten_address(address) == shown


def test_addresses_are_whole_on_debug_alone(stream: io.StringIO) -> None:
    log = structlog.get_logger("x")
    for write in (log.debug, log.info, log.warning, log.error):
        write("a", address="203.0.113.9", note="from 203.0.113.9 and 2001:db8:1:2::3 at 12:30:45")
    debug, *others = read_lines(stream)
    assert debug["address"] == "203.0.113.9"
    for line in others:
        assert line["address"] == "203.0.113.0/24"
        assert line["note"] == "from 203.0.113.0/24 and 2001:db8:1::/48 at 12:30:45"


def test_a_stranger_cannot_start_a_line() -> None:
    for format_ in ("json", "console"):
        stream = io.StringIO()
        configure_logs(format_=format_, stream=stream)  # type: ignore[arg-type]  # both are in the Literal
        structlog.get_logger("x").info("one\n2026 [error] forged\r\x1b[31m\x9b\u2028", name="a\nb\x1b[31m")
        assert len(stream.getvalue().splitlines()) == 1
        assert "\x1b" not in stream.getvalue()


def test_warnings_and_uvicorn_go_the_same_way(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("look", stacklevel=1)
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    assert [line["logger"] for line in read_lines(stream)] == ["py.warnings", "uvicorn.error"]


def test_a_question_keeps_its_mark_and_a_path_loses_its_query() -> None:
    assert scrub("really? yes") == "really? yes"
    assert scrub("GET /room/demo?t=1 and https://a.example/b?c=d#e.") == "GET /room/demo and https://a.example/b"


@pytest.mark.parametrize(
    "hostile", ["/" * 200_000, "eyJ" * 70_000, "a" * 200_000, ":" * 200_000, "1." * 100_000, "bearer" * 40_000]
)
def test_a_long_hostile_line_is_cleaned_in_linear_time(hostile: str) -> None:
    assert isinstance(scrub(hostile), str)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=10), VALUES, max_size=5))
def test_any_fields_can_be_logged(fields: dict[str, Any]) -> None:
    assert redact(None, "info", dict(fields)).keys() == fields.keys()
