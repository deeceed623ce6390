"""Whatever the bytes, the decoder gives a checked frame or its own error, and says it in bounded time and size."""

from __future__ import annotations

import json
import time

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.decoder import Decoder
from liveroom.realtime.errors import WireError
from liveroom.realtime.wire import encode_error
from liveroom.rooms import service as _declares_the_commands  # noqa: F401 - importing fills the catalogue

DECODER = Decoder(catalogue)
GOOD = [
    {"id": 1, "type": "connect", "token": "t", "client": {"name": "c"}, "rooms": {"demo": {"epoch": "e", "seq": 4}}},
    {"id": 2, "type": "comment.send", "room": "demo", "data": {"text": "有 XL 码吗", "mentions": ["u1"]}, "key": "k"},
    {"id": 3, "type": "like.send", "room": "demo", "data": {"count": 3}},
    {"id": 4, "type": "user.ban", "room": "demo", "data": {"user_id": "u", "seconds": 60}},
    {"type": "pong", "t": 5, "seqs": {"demo": 9}},
    {"type": "ping", "id": 6},
]
EDGES: st.SearchStrategy[object] = st.sampled_from(
    [0, -1, 2**53, 2**64, 1e308, 0.5, "", "x" * 70, "\x00", "\ud7ff", None, True, [], {}, [[]]]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | EDGES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
THOROUGH = settings(max_examples=400, deadline=None)


def decode(message: bytes) -> None:
    """Decode; any error has to be a `WireError` that can be written as a small frame."""
    try:
        DECODER.decode(message)
    except WireError as refused:
        answer = encode_error(refused.command_id, refused.as_object())
        assert len(answer) < 2_000
        assert orjson.loads(answer)["error"]["code"]


@pytest.mark.parametrize("frame", GOOD, ids=lambda frame: str(frame["type"]))
def test_a_good_frame_is_decoded(frame: dict[str, object]) -> None:
    """The ground from which the mutations start."""
    assert DECODER.decode(json.dumps(frame).encode()).type == frame["type"]


@THOROUGH
@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b'{"type":"\xed\xa0\x80"}')
@example(b'{"id":1e400,"type":"ping"}')
@example(b'{"type":"ping","id":' + b"1" * 5_000 + b"}")
@example(b"[" * 60_000)
@example(b'{"a":' * 12_000)
@example(b'"' + b"[" * 60_000)
@example(b'\\"' * 30_000)
def test_arbitrary_bytes_are_decoded_or_refused(message: bytes) -> None:
    """Only `WireError` escapes."""
    decode(message)


@THOROUGH
@given(JSON)
def test_arbitrary_json_is_decoded_or_refused(value: object) -> None:
    """Lone surrogates and NaN included, as `json` writes them."""
    decode(json.dumps(value).encode())
    decode(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))


@THOROUGH
@given(st.sampled_from(GOOD), st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=4)), min_size=1, max_size=4))
def test_good_frames_with_bytes_changed_are_decoded_or_refused(
    frame: dict[str, object], changes: list[tuple[int, bytes]]
) -> None:
    """A few bytes replaced, left out or put in."""
    message = bytearray(json.dumps(frame, ensure_ascii=False).encode())
    for at, new in changes:
        at %= len(message) + 1
        message[at : at + len(new) // 2] = new
    decode(bytes(message))


@THOROUGH
@given(st.sampled_from(GOOD), st.sampled_from(["id", "type", "room", "data", "key", "rooms", "t", "new"]), JSON)
def test_good_frames_with_a_field_changed_are_decoded_or_refused(
    frame: dict[str, object], field: str, value: object
) -> None:
    """Any JSON where something definite is expected."""
    decode(json.dumps(frame | {field: value}).encode())


@THOROUGH
@given(st.sampled_from(sorted(DECODER.envelopes)), JSON)
def test_any_data_of_any_command_is_decoded_or_refused(type_: str, data: object) -> None:
    """Every command of the catalogue."""
    decode(json.dumps({"id": 1, "type": type_, "room": "demo", "data": data}).encode())


def test_an_unknown_field_far_inside_is_named_in_short() -> None:
    """Its name comes from a stranger."""
    with pytest.raises(WireError) as refused:
        DECODER.decode(json.dumps({"type": "ping", "n" * 60_000: 1}).encode())
    assert refused.value.facts["field"] == "n" * 64


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"ping",' + b",".join(b'"%d":1' % number for number in range(6_000)) + b"}",
        b"[]" * 32_000,
        b'{"type":"comment.send","room":"a","data":{"text":"x","mentions":[' + b"1," * 30_000 + b"1]}}",
        b'{"type":"connect","rooms":{' + b",".join(b'"!%d":{}' % number for number in range(5_000)) + b"}}",
    ],
)
def test_the_worst_messages_are_refused_in_bounded_time(message: bytes) -> None:
    """64 KB made to be expensive: far below the second that a quadratic search would take."""
    started = time.process_time()
    decode(message)
    assert time.process_time() - started < 0.5
