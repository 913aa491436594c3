"""Segments of the spool: files of records, each with its length and checksum.

Source: records that HTTP requests delivered.
Shape:  a file begins with `MAGIC` and 8 random bytes, its marker. A frame is the marker, the
        length and the CRC-32 of the record, and the record (MessagePack).
Units:  lengths in bytes.
Errors: none for damaged content. A torn frame at the end was never answered and is left out.
        Damage in the middle costs the frames it touches; the marker finds the next whole one.
        Clients do not know the marker, so no body can imitate a frame.
"""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from struct import Struct

import msgspec

MAGIC = b"EWSPOOL1"
MARKER_BYTES = 8
HEADER_BYTES = len(MAGIC) + MARKER_BYTES
_HEAD = Struct("<8sII")  # marker, length, checksum
FRAME_BYTES = _HEAD.size


class Record(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One body that was accepted, and whose it is.

    It carries no time: when it was received is what its load says. `is_joined`: landed as a
    line of one document with the other joined records of its segment, workspace and format.
    Other bodies are documents by themselves, so the same body lands once for ever.
    """

    workspace: str
    platform: str
    format: str
    body: bytes
    is_joined: bool = False


@dataclass(frozen=True)
class Delivery:
    """A document to land: one body, or all joined bodies of a segment, one a line."""

    workspace: str
    platform: str
    format: str
    content: bytes


@dataclass
class Content:
    """What a segment holds."""

    records: list[Record] = field(default_factory=list)
    torn_bytes: int = 0  # at the end: never answered
    damaged_bytes: int = 0  # before a whole frame: the disk lost them


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Record).decode


def header() -> bytes:
    """Return the beginning of a new segment."""
    return MAGIC + secrets.token_bytes(MARKER_BYTES)


def payload(record: Record) -> bytes:
    """Return a record as its frame holds it."""
    return _encode(record)


def frame(head: bytes, content: bytes) -> bytes:
    """Return a frame for the segment that begins with `head`."""
    marker = head[len(MAGIC) : HEADER_BYTES]
    return _HEAD.pack(marker, len(content), zlib.crc32(content)) + content


def read(content: bytes) -> Content:
    """Return the whole records of a segment, in their order."""
    found = Content()
    if len(content) < HEADER_BYTES or not content.startswith(MAGIC):
        found.torn_bytes = len(content)
        return found
    marker = content[len(MAGIC) : HEADER_BYTES]
    place = HEADER_BYTES
    while place < len(content):
        record, end = _record_at(content, place, marker)
        if record is None:
            following = _next_whole(content, place + 1, marker)
            if following < 0:
                found.torn_bytes = len(content) - place
                return found
            found.damaged_bytes += following - place
            place = following
        else:
            found.records.append(record)
            place = end
    return found


def deliveries(records: Iterable[Record]) -> Iterator[Delivery]:
    """Yield the documents of a segment in the order of their first records.

    They depend on the records alone, so a segment that is landed again makes the same ones.
    """
    joined: dict[tuple[str, str, str], list[bytes]] = {}
    found: list[tuple[str, str, str, list[bytes]]] = []
    for record in records:
        key = record.workspace, record.platform, record.format
        if record.is_joined and key in joined:
            joined[key].append(record.body)
            continue
        bodies = [record.body]
        found.append((*key, bodies))
        if record.is_joined:
            joined[key] = bodies
    for workspace, platform, name, bodies in found:
        yield Delivery(workspace, platform, name, b"\n".join(bodies))


def _record_at(content: bytes, place: int, marker: bytes) -> tuple[Record | None, int]:
    """Return the record of a frame and where the frame ends; None where it is not whole."""
    start = place + FRAME_BYTES
    if start > len(content):
        return None, place
    told, length, checksum = _HEAD.unpack_from(content, place)
    data = content[start : start + length]
    if told != marker or len(data) < length or zlib.crc32(data) != checksum:
        return None, place
    try:
        return _decode(data), start + length
    except msgspec.DecodeError:
        return None, place


def _next_whole(content: bytes, place: int, marker: bytes) -> int:
    """Return where the next whole frame begins; -1 where there is none."""
    while (place := content.find(marker, place)) >= 0:
        if _record_at(content, place, marker)[0] is not None:
            return place
        place += 1
    return -1
