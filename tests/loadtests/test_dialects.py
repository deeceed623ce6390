"""Each dialect takes its seat, says a text, and understands what comes back; everything else is named."""

from __future__ import annotations

import orjson
import pytest

from loadtests.bench.dialects import Answer, Dialect, LiveDialect, Opening, PlainDialect, Reading, SocketIoDialect
from loadtests.bench.errors import JoinRefused, ProtocolFault
from loadtests.bench.messages import Stamp, TextMaker

TEXT = TextMaker(1).make(7, 99)
STAMP = Stamp(7, 99)


def read(dialect: Dialect, payload: bytes) -> Reading:
    reading = Reading()
    dialect.read(payload, reading)
    return reading


def test_live_joins_with_one_frame_at_the_position_of_the_answer() -> None:
    dialect = LiveDialect("r")
    (frame,) = dialect.open("token").replies
    assert orjson.loads(frame)["rooms"] == {"r": {}}
    assert dialect.follow(b'{"type":"connected","rooms":{"r":{"seq":12}}}') == Opening(position=12)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"error","id":1,"error":{"code":"invalid_token"}}',
        b'{"type":"connected","rooms":{"r":{"error":{"code":"room_not_found"}}}}',
    ],
)
def test_live_says_why_it_was_not_let_in(payload: bytes) -> None:
    with pytest.raises(JoinRefused, match=r"invalid_token|room_not_found"):
        LiveDialect("r").follow(payload)


def test_live_positions_end_at_seq() -> None:
    comment = {"kind": "comment.sent", "data": {"text": TEXT}}
    other = {"kind": "viewer.entered", "data": {}}
    payload = orjson.dumps({"type": "events", "room": "r", "seq": 9, "events": [other, comment]})
    assert read(LiveDialect("r"), payload).events == [(8, None), (9, STAMP)]


def test_live_refuses_events_without_any() -> None:
    with pytest.raises(ProtocolFault, match="without events"):
        read(LiveDialect("r"), b'{"type":"events","room":"r","seq":1,"events":[]}')


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (b'{"type":"ack","id":3}', Answer()),
        (b'{"type":"error","id":3,"error":{"code":"rate_limited"}}', Answer(refused="rate_limited")),
        (b'{"type":"ping","t":5}', Answer(reply=b'{"type":"pong","t":5}')),
        (b'{"type":"events","room":"r","seq":1,"events":[{}]}', None),
        (b'{"type":"latest","room":"r","values":{}}', None),
    ],
)
def test_live_tells_a_speaker_what_became_of_a_command(payload: bytes, answer: Answer | None) -> None:
    assert LiveDialect("r").answer(payload) == answer


def test_live_says_a_comment_with_an_id_and_a_key() -> None:
    said = orjson.loads(LiveDialect("r").say(4, TEXT))
    assert (said["id"], said["type"], said["room"], said["data"]) == (4, "comment.send", "r", {"text": TEXT})
    assert 1 <= len(said["key"]) <= 64


def test_plain_is_the_text_itself() -> None:
    dialect = PlainDialect()
    assert dialect.open("") == Opening(position=0)
    assert read(dialect, dialect.say(1, TEXT)).events == [(7, STAMP)]
    with pytest.raises(ProtocolFault, match="without a stamp"):
        read(dialect, b"hello")


def test_socket_io_takes_two_steps_to_its_seat() -> None:
    dialect = SocketIoDialect()
    assert dialect.open("") == Opening()
    assert dialect.follow(b'0{"sid":"x"}') == Opening(replies=(b"40",))
    assert dialect.follow(b'40{"sid":"y"}') == Opening(position=0)
    with pytest.raises(JoinRefused, match="44"):
        dialect.follow(b'44{"message":"no"}')


def test_socket_io_understands_its_events_and_answers_pings() -> None:
    dialect = SocketIoDialect()
    assert read(dialect, dialect.say(1, TEXT)).events == [(7, STAMP)]
    assert read(dialect, b"2").replies == [b"3"]
    assert dialect.answer(b"2") == Answer(reply=b"3")
    assert dialect.answer(b"42") is None
