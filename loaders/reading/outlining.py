"""The outline of a JSON document: all of its keys, of its lists only the first elements.

What tells a format may stand anywhere, behind a list of any length. An outline is small and
says the same, whatever the order of the keys and the length of the lists.

Source: a document; one whose first value is no JSON object or list is its own outline.
Shape:  JSON as bytes: the first value, abridged, then what follows it in the document's head.
        Where each line is an object, the first lines, each abridged.
Units:  the document is read on to the end of its first value with bounded memory.
Errors: none of its own; reading errors pass. A document that ends too soon has an outline.
"""

from __future__ import annotations

import re

from loaders.reading.documents import BOM, HEAD_BYTES, Document, Readable
from loaders.reading.json_cursor import (
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    END,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    Broken,
    Cursor,
    Rest,
)
from loaders.reading.json_stream import is_line_by_line

MAX_LINES = 100
MAX_ELEMENTS = 10
MAX_KEYS = 1_000
MAX_DEPTH = 12
MAX_TEXT = 300  # bytes
FULL_BYTES = 64 * 1024  # from here on, objects and lists at that place are left empty
SHARE = 4  # of the bytes of a value, for one that stands in it

_START = re.compile(rb"\s*[{\[]")


def outlined(document: Document) -> bytes:
    """Return the outline of a document."""
    head = document.head.removeprefix(BOM)
    if _START.match(head) is None:
        return head
    if is_line_by_line(head):
        *lines, rest = head.split(b"\n")
        if len(head) < HEAD_BYTES - len(BOM):
            lines.append(rest)
        return b"\n".join(map(_line, lines[:MAX_LINES]))
    with document.open_stream() as stream:
        value, end = _first_value(stream)
    return value + document.head[end:]


def _line(line: bytes) -> bytes:
    if _START.match(line) is None:
        return line[:MAX_TEXT]
    value, end = _first_value(Rest(line))
    return value + line[end:]


def _first_value(stream: Readable) -> tuple[bytes, int]:
    """The outline of the value that a stream begins with, and where that ends."""
    cursor = Cursor(stream)
    found = bytearray()
    if cursor.peek() != END:
        _outline(cursor, found, FULL_BYTES, 0)
    return bytes(found), cursor.offset


def _outline(cursor: Cursor, found: bytearray, room: int, depth: int) -> bool:
    """Write the value that the cursor stands on; whether it was complete."""
    first = cursor.buffer[cursor.position]
    if first in (OPEN_OBJECT, OPEN_ARRAY):
        if room <= 0 or depth == MAX_DEPTH:
            found += b"{}" if first == OPEN_OBJECT else b"[]"
            cursor.position += 1
            return cursor.leave(first)
        write = _object if first == OPEN_OBJECT else _list
        return write(cursor, found, room, depth + 1)
    value, is_complete = cursor.value()
    if isinstance(value, Broken):
        found += b'""'
    else:
        found += _short(value[1])
    return is_complete


def _object(cursor: Cursor, found: bytearray, room: int, depth: int) -> bool:
    cursor.position += 1
    found += b"{"
    start = len(found)
    keys = 0
    while (byte := cursor.peek()) not in (CLOSE_OBJECT, END):
        if byte != QUOTE:  # no key
            if not cursor.value()[1]:
                break
            continue
        key, is_complete = cursor.value()
        if not is_complete or isinstance(key, Broken) or (byte := cursor.peek()) == END:
            break
        if byte == CLOSE_OBJECT:
            continue
        keys += 1
        kept = found if keys <= MAX_KEYS else bytearray()
        if len(kept) > start:
            kept += b","
        kept += key[1] + b":"
        left = room - (len(found) - start)
        if not _outline(cursor, kept, min(room // SHARE, left), depth):
            break
    else:
        cursor.position += byte == CLOSE_OBJECT
        found += b"}"
        return byte == CLOSE_OBJECT
    found += b"}"
    return False


def _list(cursor: Cursor, found: bytearray, room: int, depth: int) -> bool:
    cursor.position += 1
    found += b"["
    start = len(found)
    for number in range(MAX_ELEMENTS):
        byte = cursor.peek()
        if byte in (CLOSE_ARRAY, CLOSE_OBJECT, END):  # `}`: the list was never closed
            cursor.position += byte == CLOSE_ARRAY
            found += b"]"
            return byte != END
        if number:
            found += b","
        left = room - (len(found) - start)
        if not _outline(cursor, found, min(room // SHARE, left), depth):
            found += b"]"
            return False
    found += b"]"
    return cursor.leave(OPEN_ARRAY)


def _short(raw: bytes) -> bytes:
    """A text or a bare word without what is too much of it."""
    if len(raw) <= MAX_TEXT:
        return raw
    if raw[0] != QUOTE:
        return raw[:MAX_TEXT]
    cut = raw[: MAX_TEXT - 1].partition(b"\\")[0]
    return cut.decode(errors="ignore").encode() + b'"'
