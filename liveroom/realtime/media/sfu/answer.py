"""Writes the engine's description from an agreement (RFC 8829 §5.3).

Each section of the offer is answered in its place. Slots are announced with streams of their own from the beginning, so
people may come and go without another description.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from liveroom.realtime.media.events import Kind
from liveroom.realtime.media.sfu.agreement import Agreement, Codec, Place, Upload
from liveroom.realtime.media.sfu.offer import AUDIO_LEVEL, MID, REPAIRED_RID, RID, SEND_TIME, Section

UPLOAD_EXTENSIONS = (AUDIO_LEVEL, SEND_TIME, MID, RID, REPAIRED_RID)
NOTHING_SENT = ("a=inactive",)
CNAME = "liveroom"
START_KBPS = "x-google-start-bitrate=1200"
"""Chromium begins at 300 kbit/s, at which a first picture alone takes half a second; others ignore this."""


@dataclass(frozen=True, slots=True)
class Local:
    """The engine's side of the transport. `candidates` without the leading `candidate:`."""

    username: str
    password: str
    fingerprint: str
    candidates: tuple[str, ...]
    setup: str


def write_answer(agreement: Agreement, local: Local) -> str:
    """The answer as text."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
    kept = [section.mid for section in agreement.offer.sections if _is_kept(agreement, section)]
    lines.append("a=group:BUNDLE " + " ".join(kept))
    lines.append("a=msid-semantic: WMS *")
    for section in agreement.offer.sections:
        lines += _write_section(agreement, section, local)
    return "\r\n".join(lines) + "\r\n"


def _is_kept(agreement: Agreement, section: Section) -> bool:
    return agreement.upload_of(section) is not None or agreement.place_of(section) is not None


def _write_section(agreement: Agreement, section: Section, local: Local) -> Iterator[str]:
    upload, place = agreement.upload_of(section), agreement.place_of(section)
    codecs = upload.codecs if upload else tuple(place.codecs.values()) if place else ()
    if not codecs:
        number = section.numbers[0] if section.numbers else 0
        form = "webrtc-datachannel" if section.media == "application" else str(number)
        yield f"m={section.media} 0 {section.protocol} {form}"
        yield "c=IN IP4 0.0.0.0"
        yield f"a=mid:{section.mid}"
        yield from NOTHING_SENT
        return
    numbers = [str(number) for codec in codecs for number in (codec.number, codec.repair) if number is not None]
    yield f"m={section.media} 9 {section.protocol} {' '.join(numbers)}"
    yield "c=IN IP4 0.0.0.0"
    yield "a=rtcp:9 IN IP4 0.0.0.0"
    yield f"a=mid:{section.mid}"
    yield from _write_transport(local)
    yield "a=" + ("sendrecv" if upload and place else "recvonly" if upload else "sendonly")
    for codec in codecs:
        yield from _write_codec(codec, section, is_upload=upload is not None)
    wanted = UPLOAD_EXTENSIONS if upload else (SEND_TIME, MID)
    yield from (f"a=extmap:{section.extensions[uri]} {uri}" for uri in wanted if uri in section.extensions)
    if upload is not None and upload.rids:
        yield from _write_layers(upload)
    if place is not None:
        yield from _write_streams(place)


def _write_transport(local: Local) -> Iterator[str]:
    yield f"a=ice-ufrag:{local.username}"
    yield f"a=ice-pwd:{local.password}"
    yield f"a=fingerprint:sha-256 {local.fingerprint}"
    yield f"a=setup:{local.setup}"
    yield "a=rtcp-mux"
    yield "a=rtcp-rsize"
    yield from (f"a=candidate:{candidate}" for candidate in local.candidates)
    yield "a=end-of-candidates"


def _write_codec(codec: Codec, section: Section, *, is_upload: bool) -> Iterator[str]:
    offered = section.formats[codec.number]
    suffix = "/2" if codec.name == "opus" else ""
    name = "opus" if codec.name == "opus" else codec.name.upper()
    yield f"a=rtpmap:{codec.number} {name}/{offered.clock}{suffix}"
    hint = START_KBPS if is_upload and section.kind is Kind.VIDEO else ""
    if codec.parameters or hint:
        yield f"a=fmtp:{codec.number} {';'.join(filter(None, (codec.parameters, hint)))}"
    yield from (f"a=rtcp-fb:{codec.number} {feedback}" for feedback in sorted(codec.feedback))
    if codec.repair is not None:
        yield f"a=rtpmap:{codec.repair} rtx/{offered.clock}"
        yield f"a=fmtp:{codec.repair} apt={codec.number}"


def _write_layers(upload: Upload) -> Iterator[str]:
    yield from (f"a=rid:{rid} recv" for rid in upload.rids)
    yield "a=simulcast:recv " + ";".join(upload.rids)


def _write_streams(place: Place) -> Iterator[str]:
    stream = f"slot-{place.number}"
    yield f"a=msid:{stream} {stream}-{place.kind}"
    repaired = any(codec.repair is not None for codec in place.codecs.values())
    if repaired:
        yield f"a=ssrc-group:FID {place.ssrc} {place.repair_ssrc}"
    for ssrc in (place.ssrc, place.repair_ssrc)[: 2 if repaired else 1]:
        yield f"a=ssrc:{ssrc} cname:{CNAME}-{stream}"
        yield f"a=ssrc:{ssrc} msid:{stream} {stream}-{place.kind}"
