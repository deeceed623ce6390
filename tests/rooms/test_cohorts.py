"""The cohort of a viewer follows from what the player has counted, and from nothing else."""

from __future__ import annotations

import pytest

from liveroom.rooms.rules.cohorts import Flow, Picture, Watched, flow_of, picture_of


@pytest.mark.parametrize(
    ("height", "picture"),
    [(0, Picture.NONE), (1, Picture.LOW), (359, Picture.LOW), (360, Picture.SD), (719, Picture.SD), (720, Picture.HD)],
)
def test_a_picture_is_called_by_its_lines(height: int, picture: Picture) -> None:
    assert picture_of(Watched(height, 1, 0)) is picture


@pytest.mark.parametrize(
    ("played_ms", "stalled_ms", "flow"),
    [
        (0, 0, Flow.SMOOTH),
        (9_901, 99, Flow.SMOOTH),
        (9_900, 100, Flow.UNEVEN),
        (9_501, 499, Flow.UNEVEN),
        (9_500, 500, Flow.ROUGH),
        (0, 1, Flow.ROUGH),
    ],
)
def test_a_flow_is_called_by_its_share_of_standing_still(played_ms: int, stalled_ms: int, flow: Flow) -> None:
    assert flow_of(Watched(720, played_ms, stalled_ms)) is flow
