"""Publications as arguments of the publish script, and what it answers.

A record is what is kept of a key: number, epoch, digest and answer of its first time.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveroom.realtime.backplane.base import Outcome, Position, Publication, Published
from liveroom.realtime.backplane.redis.call import Part
from liveroom.realtime.backplane.redis.channel import event_head


def publication_args(publications: Sequence[Publication]) -> tuple[list[str], list[Part]]:
    """The keys that are used, in order, and the arguments (`lua/publish.lua`)."""
    keys: list[str] = []
    args: list[Part] = []
    for publication in publications:
        if publication.key is None:
            args += (0, b"", len(publication.events))
        else:
            keys.append(publication.key)
            digest = publication.digest
            args += (len(keys), b"%d:%b%b" % (len(digest), digest, publication.answer), len(publication.events))
        for event in publication.events:
            args += (event_head(event), event.payload)
    return keys, args


def read_published(epoch: bytes, answer: int | bytes, digest: bytes) -> Published:
    """The result of one publication: a number when it is fresh, else its record."""
    if isinstance(answer, int):
        return Published(Outcome.FRESH, Position(epoch.decode(), answer))
    return read_record(answer, digest)


def read_record(record: bytes, digest: bytes) -> Published:
    """What became of a key, asked for with the digest of another body or the same."""
    seq, epoch, rest = record.split(b" ", 2)
    position = Position(epoch.decode(), int(seq))
    size, _, rest = rest.partition(b":")
    if rest[: int(size)] != digest:
        return Published(Outcome.CONFLICT, position)
    return Published(Outcome.DUPLICATE, position, rest[int(size) :])


def read_totals(record: bytes) -> list[int]:
    """The totals of an addition (`lua/add.lua`)."""
    return [int(total) for total in record.partition(b":")[2].split()]
