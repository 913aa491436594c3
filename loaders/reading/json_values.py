"""Parts of a JSON value in memory, each with its exact bytes.

Source: one native record, one document without its records, the first bytes of a file.
Shape:  an object in, its values by their keys out; an array in, its elements out. Nothing is
        decoded, so that a value which cannot be leaves the others alone.
Units:  bytes.
Errors: ValueError where there is no complete object.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from loaders.reading.json_cursor import (
    CLOSE_OBJECT,
    END,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    Broken,
    Cursor,
    Rest,
)
from loaders.reading.json_stream import array


@lru_cache(maxsize=64)  # every format asks for the same
def outline(head: bytes) -> dict[str, bytes]:
    """The top-level keys of the first object in `head`, each with the beginning of its value.

    For telling formats apart: the head may end anywhere, what is broken is left out.
    """
    found: dict[str, bytes] = {}
    cursor = Cursor(Rest(head))
    while (byte := cursor.peek()) == OPEN_ARRAY:
        cursor.position += 1
    if byte != OPEN_OBJECT:
        return found
    cursor.position += 1
    while cursor.peek() == QUOTE:
        name, is_complete = cursor.key()
        if not is_complete or cursor.peek() < 0:
            break
        found[name] = bytes(cursor.buffer[cursor.position :])
        value, is_complete = cursor.value()
        if is_complete and not isinstance(value, Broken):
            found[name] = value[1]
    return found


def members(raw: bytes) -> dict[str, bytes]:
    """Return the values of an object by their keys, each as delivered."""
    found: dict[str, bytes] = {}
    cursor = Cursor(Rest(raw))
    if cursor.peek() == OPEN_OBJECT:
        cursor.position += 1
        while cursor.peek() == QUOTE:
            name, _ = cursor.key()
            if cursor.peek() in (END, CLOSE_OBJECT):
                cursor.position = len(cursor.buffer)
                continue
            value, _ = cursor.value()
            if not isinstance(value, Broken):
                found[name] = value[1]
        if cursor.peek() == CLOSE_OBJECT:
            return found
    raise ValueError("is not a JSON object")


def items(raw: bytes) -> Iterator[bytes]:
    """Yield the elements of an array, each as delivered; none of anything else."""
    if raw.startswith(b"["):
        for piece in array(Cursor(Rest(raw))):
            if isinstance(piece, tuple):
                yield piece[1]
