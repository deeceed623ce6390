"""Layers that come and go, key frames that are asked for once, and receivers that fail: nobody else stands still."""

from __future__ import annotations

import logging

import pytest

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.download import Download
from liveroom.realtime.media.sfu.identification import Identification
from liveroom.realtime.media.sfu.rtp import Packet
from liveroom.realtime.media.sfu.upload import KEY_PAUSE_S, SILENT_S, Source
from tests.media.streams import Studio, agreement, picture, place

FRAME_S = 1 / 30


def _shown(studio: Studio) -> str:
    """Which layer is shown: that of the last packet."""
    return studio.sent[-1].payload[-1:].decode()


class Camera:
    """Sends both layers of a source, each while it is on, with a key frame for whoever asks."""

    def __init__(self, studio: Studio, source: Source) -> None:
        self.studio, self.source = studio, source
        self.on = [True, True]
        self.frames = 0
        self._answered = 0

    def run(self, seconds: float) -> None:
        """Film for so long, as the worker lets time pass beside it."""
        for _ in range(round(seconds / FRAME_S)):
            self.frames += 1
            self.studio.now_s += FRAME_S
            asked, self._answered = set(self.studio.asked[self._answered :]), len(self.studio.asked)
            for stream, is_on in zip(self.source.layers, self.on, strict=True):
                if is_on:
                    is_key = self.frames == 1 or stream.ssrc in asked
                    data = picture(self.frames, key=is_key) + b"lh"[stream.rank : stream.rank + 1]
                    self.studio.send(stream, self.frames, self.frames * 3_000, data)
                stream.tick(self.studio.now_s)
            if self.frames % 15 == 0:
                self.source.look(self.studio.now_s)


@pytest.fixture
def filmed() -> tuple[Studio, Camera]:
    studio = Studio()
    source = studio.source(ranks=2)
    studio.download.show(source)
    return studio, Camera(studio, source)


def test_a_large_layer_that_ends_is_replaced_by_the_small_one(filmed: tuple[Studio, Camera]) -> None:
    studio, camera = filmed
    camera.run(2)
    assert _shown(studio) == "h"
    camera.on[1] = False
    camera.run(SILENT_S + 0.7)
    assert _shown(studio) == "l"
    before = len(studio.sent)
    camera.run(1)
    assert len(studio.sent) == before + 30
    camera.on[1] = True
    camera.run(KEY_PAUSE_S + 0.1)
    assert _shown(studio) == "h"


def test_a_layer_that_returns_with_a_key_frame_is_shown_from_it_on(filmed: tuple[Studio, Camera]) -> None:
    studio, camera = filmed
    camera.on[1] = False
    camera.run(3)
    assert _shown(studio) == "l"
    asked = len(studio.asked)
    high = camera.source.layers[1]
    studio.send(high, 5_000, 7, picture(1, key=True) + b"h")
    assert _shown(studio) == "h"
    high.tick(studio.now_s)
    assert len(studio.asked) == asked, "it is there already"


def test_nobody_waits_for_a_layer_that_ended_while_its_source_was_closed(filmed: tuple[Studio, Camera]) -> None:
    studio, camera = filmed
    camera.source.set_open(False)
    camera.run(1)
    camera.on[1] = False
    camera.run(2)
    assert not studio.sent
    assert not studio.asked, "key frames of a closed source are no use"
    camera.source.set_open(True)
    camera.run(0.5)
    assert _shown(studio) == "l"


def test_while_nothing_comes_the_layer_is_kept(filmed: tuple[Studio, Camera]) -> None:
    studio, camera = filmed
    camera.run(1)
    camera.on = [False, False]
    camera.run(5)
    assert studio.download.stream is camera.source.layers[1]
    camera.on = [True, True]
    camera.run(1)
    assert _shown(studio) == "h"


def test_a_key_frame_that_came_is_not_asked_for_again() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    studio.send(stream, 1, 0, picture(1, key=True))
    studio.now_s += 0.1
    studio.download.want_key(studio.now_s)
    assert studio.asked == [stream.ssrc]
    studio.send(stream, 2, 0, picture(2))
    studio.now_s += 2 * KEY_PAUSE_S
    stream.tick(studio.now_s)
    assert studio.asked == 2 * [stream.ssrc], "it did not come yet"
    studio.send(stream, 3, 0, picture(3, key=True))
    for _ in range(200):
        studio.now_s += 0.02
        stream.tick(studio.now_s)
    assert len(studio.asked) == 2


def test_no_key_frame_is_asked_for_when_nobody_is_left_or_may_be_heard() -> None:
    studio = Studio()
    source = studio.source()
    studio.download.show(source)
    stream = source.layers[0]
    source.set_open(False)
    studio.now_s += 1
    stream.tick(studio.now_s)
    source.set_open(True)
    studio.download.show(None)
    stream.tick(studio.now_s)
    assert not studio.asked


def test_sound_is_not_asked_for_key_frames() -> None:
    studio = Studio(Kind.AUDIO)
    source = studio.source()
    studio.download.show(source)
    source.layers[0].tick(studio.now_s)
    assert not studio.asked


def test_a_receiver_that_fails_takes_nothing_from_those_behind_it(caplog: pytest.LogCaptureFixture) -> None:
    def fail(data: bytes) -> None:
        raise RuntimeError("no way out")

    studio = Studio()
    source = studio.source()
    failing = Download(place(), fail)
    failing.show(source)
    studio.download.show(source)
    stream = source.layers[0]
    with caplog.at_level(logging.ERROR):
        for number in range(50):
            studio.send(stream, number, 0, picture(number, key=not number))
    assert len(studio.sent) == 50
    assert failing.faults == 50
    assert len(caplog.records) == 1


def test_a_layer_that_begins_anew_with_another_number_takes_the_place_of_the_old_one() -> None:
    studio = Studio()
    source = Source("r", "u", Kind.VIDEO, studio.asked.append, lambda kind, s: None, lambda: studio.now_s)
    identification = Identification(agreement(layers=True), {Kind.VIDEO: source})
    for ssrc in range(100, 150):
        for rid, shift in ((b"l", 0), (b"h", 1_000)):
            found = identification.find(Packet(96, 0, 1, 0, ssrc + shift, b"x", {4: b"1", 10: rid}))
            assert found is not None
            assert found[0] in source.layers
    assert [(stream.ssrc, stream.rank) for stream in source.layers] == [(149, 0), (1_149, 1)]
    assert len(identification.streams) == 2
