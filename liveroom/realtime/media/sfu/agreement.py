"""What an offer and this engine agree upon: codecs, extensions, where the client sends and where its slots are.

Opus and VP8 are what every browser has; H.264 is taken from those who have nothing else, such as encoders.
Promise: only what the client has offered is agreed, in its own numbers.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from liveroom.realtime.media.errors import OfferRefused
from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.offer import SEND_TIME, Format, Offer, Section

CODECS: dict[Kind, tuple[str, ...]] = {Kind.AUDIO: ("opus",), Kind.VIDEO: ("vp8", "h264")}
CLOCKS = {Kind.AUDIO: 48_000, Kind.VIDEO: 90_000}
FEEDBACK: dict[Kind, tuple[str, ...]] = {
    Kind.AUDIO: ("nack", "goog-remb"),
    Kind.VIDEO: ("nack", "nack pli", "ccm fir", "goog-remb"),
}
LAYERS = 2
BASELINE = ("42e0", "4200", "420c", "4d00", "4d40")
"""Profiles of H.264 that every decoder takes when they come, whatever it has offered itself."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec in the client's numbers; `repair` is the payload type of packets that are sent again."""

    name: str
    number: int
    repair: int | None
    feedback: frozenset[str]
    parameters: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A section in which the client sends. `codecs` are what it may use, the preferred one first."""

    section: Section
    kind: Kind
    codecs: tuple[Codec, ...]
    rids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A section in which the client receives.

    Args:
        number: of the slot; its audio and its video have the same.
        ssrc, repair_ssrc: of what is sent there.
        send_time: id of the extension that carries the time of sending; None: the client does not read it.
    """

    section: Section
    kind: Kind
    number: int
    codecs: dict[str, Codec]
    ssrc: int
    repair_ssrc: int
    send_time: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """See the module."""

    offer: Offer
    uploads: tuple[Upload, ...]
    places: tuple[Place, ...]

    def upload_of(self, section: Section) -> Upload | None:
        """What is sent in a section."""
        return next((each for each in self.uploads if each.section is section), None)

    def place_of(self, section: Section) -> Place | None:
        """What is received in a section."""
        return next((each for each in self.places if each.section is section), None)


def agree(offer: Offer, slots: int) -> Agreement:
    """Agree with an offer.

    Args:
        slots: most slots of one client; further sections stay empty.

    Raises:
        OfferRefused: there is no section in which anything can be agreed.
    """
    uploads: dict[Kind, Upload] = {}
    places: list[Place] = []
    counts = dict.fromkeys(Kind, 0)
    for section in offer.sections:
        kind = section.kind
        if kind is None or section.is_rejected:
            continue
        codecs = _read_codecs(section, kind)
        if not codecs:
            continue
        if section.sends and kind not in uploads:
            uploads[kind] = Upload(section, kind, codecs, tuple(section.rids[:LAYERS]))
        if section.receives and counts[kind] < slots:
            places.append(_place(section, kind, counts[kind], codecs))
            counts[kind] += 1
    if not uploads and not places:
        raise OfferRefused("it has none of the codecs opus, VP8 and H264")
    return Agreement(offer, tuple(uploads.values()), tuple(places))


def _place(section: Section, kind: Kind, number: int, codecs: tuple[Codec, ...]) -> Place:
    by_name = {codec.name: codec for codec in codecs}
    ssrc, repair = (secrets.randbits(31) | 1 for _ in range(2))
    return Place(section, kind, number, by_name, ssrc, repair, section.extensions.get(SEND_TIME))


def _read_codecs(section: Section, kind: Kind) -> tuple[Codec, ...]:
    repairs = {each.repairs: each.number for each in section.formats.values() if each.repairs is not None}
    found: list[Codec] = []
    for name in CODECS[kind]:
        numbers = [number for number in section.numbers if _fits(section.formats.get(number), name, kind)]
        if numbers:
            best = section.formats[min(numbers, key=lambda number: _rank(section.formats[number]))]
            feedback = frozenset(best.feedback & set(FEEDBACK[kind]))
            found.append(Codec(name, best.number, repairs.get(best.number), feedback, _parameters(best)))
    return tuple(found)


def _fits(offered: Format | None, name: str, kind: Kind) -> bool:
    if offered is None or offered.codec != name or offered.clock != CLOCKS[kind]:
        return False
    return name != "h264" or "packetization-mode=1" in offered.parameters


def _rank(offered: Format) -> int:
    if offered.codec != "h264":
        return 0
    return next(
        (rank for rank, profile in enumerate(BASELINE) if f"profile-level-id={profile}" in offered.parameters.lower()),
        9,
    )


def _parameters(offered: Format) -> str:
    if offered.codec == "opus":
        return "minptime=10;useinbandfec=1"
    if offered.codec == "h264":
        level = next(
            (part for part in offered.parameters.lower().split(";") if part.startswith("profile-level-id=")), ""
        )
        return f"level-asymmetry-allowed=1;packetization-mode=1;{level[:23] or 'profile-level-id=42e01f'}"
    return ""
