"""Reads the description (SDP, RFC 8866) that a client offers: what it sends, what it can receive, how to reach it.

Promise: any text gives an `Offer` or `OfferRefused` with the reason, in time linear in its length. Candidates of the
client are not read: it is answered where its own checks come from, so nobody can make the server send to an address by
naming it, and no name ending in `.local` is ever looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from liveroom.realtime.media.base import SDP_CHARS
from liveroom.realtime.media.errors import OfferRefused
from liveroom.realtime.media.events import Kind

LINE_CHARS = 2_000
SECTIONS = 40
FORMATS = 100
PAYLOAD_TYPES = frozenset({*range(64), *range(96, 128)})
"""Seven bits, without those that look like reports beside them (RFC 5761 §4)."""

AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
KNOWN_EXTENSIONS = frozenset({AUDIO_LEVEL, SEND_TIME, MID, RID, REPAIRED_RID})

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")
FINGERPRINTS = {"sha-256": 32, "sha-384": 48, "sha-512": 64}

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")
_ICE_WORD = re.compile(r"[A-Za-z0-9+/]{4,256}")
_RTPMAP = re.compile(r"(\d{1,3}) ([A-Za-z0-9.-]{1,32})/(\d{1,6})(?:/\d{1,2})?")
_FEEDBACK = re.compile(r"(\d{1,3}|\*) ([a-z0-9 -]{1,32})")
_EXTMAP = re.compile(r"(\d{1,2})(?:/[a-z]{1,8})? (\S{1,200})")


@dataclass(slots=True)
class Format:
    """One payload type: the name of its codec in lower case, its parameters, and what feedback it is good for."""

    number: int
    codec: str
    clock: int
    parameters: str = ""
    feedback: set[str] = field(default_factory=set)

    @property
    def repairs(self) -> int | None:
        """The payload type that this one sends again (RFC 4588); None for others."""
        found = re.search(r"apt=(\d{1,3})", self.parameters) if self.codec == "rtx" else None
        return int(found[1]) if found else None


@dataclass(slots=True)
class Section:
    """One media section.

    Args:
        kind: None where it is neither audio nor video.
        rids: names of the layers that the client would send, as it lists them.
        ssrcs: named streams.
        repairs: by stream, the one that sends it again.
    """

    kind: Kind | None
    protocol: str
    numbers: list[int]
    media: str
    mid: str = ""
    direction: str = "sendrecv"
    is_rejected: bool = False
    is_multiplexed: bool = False
    formats: dict[int, Format] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    rids: list[str] = field(default_factory=list)
    ssrcs: list[int] = field(default_factory=list)
    repairs: dict[int, int] = field(default_factory=dict)
    username: str = ""
    password: str = ""
    fingerprint: tuple[str, str] | None = None
    setup: str = ""

    @property
    def sends(self) -> bool:
        """Whether the client would send here."""
        return self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """Whether the client would receive here."""
        return self.direction in ("sendrecv", "recvonly")


@dataclass(frozen=True, slots=True)
class Offer:
    """A description that can be answered. `setup` as offered (RFC 4145): actpass, active or passive."""

    sections: tuple[Section, ...]
    bundle: tuple[str, ...]
    username: str
    password: str
    fingerprint_kind: str
    fingerprint: str
    setup: str


def read_offer(text: str) -> Offer:
    """The offer in this text.

    Raises:
        OfferRefused: it cannot be answered.
    """
    if len(text) > SDP_CHARS:
        raise OfferRefused(f"it is longer than {SDP_CHARS} characters")
    top, sections, bundle = Section(None, "", [], ""), list[Section](), list[str]()
    for line in text.splitlines():
        if len(line) > LINE_CHARS:
            raise OfferRefused(f"a line is longer than {LINE_CHARS} characters")
        if line.startswith("m="):
            if len(sections) == SECTIONS:
                raise OfferRefused(f"it has more than {SECTIONS} media sections")
            sections.append(_read_media(line))
        elif line.startswith("a=group:BUNDLE"):
            bundle = line.split()[1:]
        elif line.startswith("a="):
            _read_attribute(sections[-1] if sections else top, line[2:])
    return _check(top, sections, tuple(bundle))


def _read_media(line: str) -> Section:
    parts = line[2:].split()
    if len(parts) < 4 or not parts[1].partition("/")[0].isdecimal():
        raise OfferRefused("a media line cannot be read")
    offered = [int(part) for part in parts[3 : 3 + FORMATS] if part.isdecimal() and len(part) < 4]
    numbers = [number for number in offered if number in PAYLOAD_TYPES]
    kind = Kind(parts[0]) if parts[0] in ("audio", "video") else None
    section = Section(kind, parts[2][:32], numbers, parts[0][:16])
    section.is_rejected = parts[1] == "0"
    return section


def _read_attribute(section: Section, text: str) -> None:
    name, _, value = text.partition(":")
    if name in DIRECTIONS:
        section.direction = name
    elif name == "rtcp-mux":
        section.is_multiplexed = True
    elif name in _READERS:
        _READERS[name](section, value)


def _read_mid(section: Section, value: str) -> None:
    if not _TOKEN.fullmatch(value):
        raise OfferRefused("the mid of a section cannot be read")
    section.mid = value


def _read_username(section: Section, value: str) -> None:
    section.username = value


def _read_password(section: Section, value: str) -> None:
    section.password = value


def _read_setup(section: Section, value: str) -> None:
    section.setup = value


def _read_fingerprint(section: Section, value: str) -> None:
    kind, _, digest = value.partition(" ")
    size = FINGERPRINTS.get(kind.lower())
    if size is not None and re.fullmatch(rf"(?:[0-9A-Fa-f]{{2}}:){{{size - 1}}}[0-9A-Fa-f]{{2}}", digest):
        section.fingerprint = (kind.lower(), digest)


def _read_rtpmap(section: Section, value: str) -> None:
    found = _RTPMAP.fullmatch(value)
    if found and int(found[1]) in section.numbers:
        section.formats[int(found[1])] = Format(int(found[1]), found[2].lower(), int(found[3]))


def _read_parameters(section: Section, value: str) -> None:
    number, _, parameters = value.partition(" ")
    if number.isdecimal() and len(number) < 4 and int(number) in section.formats:
        section.formats[int(number)].parameters = parameters[:256]


def _read_feedback(section: Section, value: str) -> None:
    found = _FEEDBACK.fullmatch(value)
    if not found:
        return
    meant = section.formats.values() if found[1] == "*" else filter(None, [section.formats.get(int(found[1]))])
    for each in meant:
        each.feedback.add(found[2])


def _read_extension(section: Section, value: str) -> None:
    found = _EXTMAP.match(value)
    if found and found[2] in KNOWN_EXTENSIONS and 0 < int(found[1]) < 15:
        section.extensions[found[2]] = int(found[1])


def _read_rid(section: Section, value: str) -> None:
    name, _, rest = value.partition(" ")
    if rest.startswith("send") and _TOKEN.fullmatch(name) and len(section.rids) < 4:
        section.rids.append(name)


def _read_ssrc(section: Section, value: str) -> None:
    number = value.partition(" ")[0]
    if number.isdecimal() and len(number) < 11 and len(section.ssrcs) < 8 and int(number) not in section.ssrcs:
        section.ssrcs.append(int(number) & 0xFFFFFFFF)


def _read_group(section: Section, value: str) -> None:
    parts = value.split()
    if len(parts) == 3 and parts[0] == "FID" and all(part.isdecimal() and len(part) < 11 for part in parts[1:]):
        section.repairs[int(parts[1]) & 0xFFFFFFFF] = int(parts[2]) & 0xFFFFFFFF


_READERS = {
    "mid": _read_mid,
    "ice-ufrag": _read_username,
    "ice-pwd": _read_password,
    "setup": _read_setup,
    "fingerprint": _read_fingerprint,
    "rtpmap": _read_rtpmap,
    "fmtp": _read_parameters,
    "rtcp-fb": _read_feedback,
    "extmap": _read_extension,
    "rid": _read_rid,
    "ssrc": _read_ssrc,
    "ssrc-group": _read_group,
}


def _check(top: Section, sections: list[Section], bundle: tuple[str, ...]) -> Offer:
    used = [section for section in sections if not section.is_rejected and section.kind is not None]
    if not used:
        raise OfferRefused("it has no audio and no video")
    mids = [section.mid for section in sections if section.mid]
    if len(mids) != len(sections) or len(set(mids)) != len(mids):
        raise OfferRefused("each media section needs a mid of its own")
    if len(sections) > 1 and not {section.mid for section in used} <= set(bundle):
        raise OfferRefused("all media has to be bundled on one transport (a=group:BUNDLE)")
    if not all(section.is_multiplexed for section in used):
        raise OfferRefused("a=rtcp-mux is needed")
    first = used[0]
    username, password = first.username or top.username, first.password or top.password
    if not _ICE_WORD.fullmatch(username) or not _ICE_WORD.fullmatch(password) or len(password) < 22:
        raise OfferRefused("a=ice-ufrag or a=ice-pwd is missing or cannot be read")
    fingerprint = first.fingerprint or top.fingerprint
    if fingerprint is None:
        raise OfferRefused("a=fingerprint with sha-256 is missing or cannot be read")
    setup = first.setup or top.setup or "actpass"
    if setup not in ("actpass", "active", "passive"):
        raise OfferRefused("a=setup has to be actpass, active or passive")
    return Offer(tuple(sections), bundle, username, password, fingerprint[0], fingerprint[1], setup)
