"""Native records out of JSON of any size, each with its exact bytes.

Source: NDJSON; documents with one array of records (`{"guild": …, "messages": […]}`), also
        several of them in one file, pretty-printed or compact, keys in any order.
Shape:  `(offset, raw)` for a record, `Broken` for what is none, `Header` at the end of each
        document: its top-level object with the records taken out.
Units:  offsets and sizes in bytes of the decompressed content; memory is bounded by
        MAX_RECORD_BYTES, whatever comes.
Errors: none of its own; reading errors pass.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import partial

import msgspec

from loaders.reading.documents import BOM, CHUNK_BYTES, Readable
from loaders.reading.json_cursor import (
    CLOSE_ARRAY,
    CLOSE_OBJECT,
    OPEN_ARRAY,
    OPEN_OBJECT,
    QUOTE,
    Broken,
    Cursor,
    Native,
    Rest,
    too_large,
)
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES, Reason

Keys = tuple[str, ...]

_SPACE, _CARRIAGE_RETURN = b" \r"
_LINES_LOOKED_AT = 20
_DEEPEST_LIST = 20  # objects around a list; what is nested deeper is no list of records


class Header(msgspec.Struct, frozen=True, gc=False):
    """A document without its records; an empty object where it has none or is too large."""

    raw: bytes


class Within(msgspec.Struct, frozen=True, gc=False):
    """The keys that lead to the list in which the elements behind it stand."""

    keys: Keys


class Unread(msgspec.Struct, frozen=True, gc=False):
    """A list that is not read: its name, and how many elements it has."""

    name: str
    count: int


def lines(stream: Readable) -> Iterator[Native | Broken]:
    """Yield the lines of a stream without their line ends; blank ones are no records."""
    offset = 0
    rest = stream.read(CHUNK_BYTES)
    if rest.startswith(BOM):
        offset, rest = len(BOM), rest[len(BOM) :]
    while chunk := stream.read(CHUNK_BYTES):
        *complete, rest = (rest + chunk).split(b"\n")
        for line in complete:  # most lines need no call but one of `len`
            size = len(line)
            if size and (line[0] > _SPACE or not line.isspace()):
                if line[-1] == _CARRIAGE_RETURN or size > MAX_RECORD_BYTES:
                    yield _whole(offset, line)
                else:
                    yield offset, line
            offset += size + 1
        if len(rest) > MAX_RECORD_BYTES:
            skipped, ended, behind = _to_line_end(stream)
            yield too_large(offset, len(rest) + skipped, rest)
            offset, rest = offset + len(rest) + skipped + ended, behind
    for line in rest.split(b"\n"):
        if line and not line.isspace():
            yield _whole(offset, line)
        offset += len(line) + 1


def _whole(offset: int, line: bytes) -> Native | Broken:
    line = line.removesuffix(b"\r")
    if len(line) > MAX_RECORD_BYTES:
        return too_large(offset, len(line), line)
    return offset, line


def _to_line_end(stream: Readable) -> tuple[int, int, bytes]:
    """Skip the rest of a line: how long it was, whether it ended (1 or 0), what follows it."""
    skipped = 0
    while chunk := stream.read(CHUNK_BYTES):
        end = chunk.find(b"\n")
        if end >= 0:
            return skipped + end, 1, chunk[end + 1 :]
        skipped += len(chunk)
    return skipped, 0, b""


def elements(
    stream: Readable,
    key: str | None,
    inside: tuple[Keys, ...] = (),
    is_lenient: bool = False,
) -> Iterator[Piece]:
    """Yield the elements of one array of each document, then the document's header.

    With a key: of that top-level array. Without: of the top-level array; a document that is
    none is itself the one record (and there are no headers). `inside` names the lists that
    hold the documents, where these are wrapped. Where `is_lenient`, a document may also have
    one element instead of its array, or nothing. Where each line is a document, a line that
    is broken or truncated costs that line only.
    """
    for cursor in _cursors(stream):
        if isinstance(cursor, Broken):
            yield cursor
        elif inside and key is not None:
            yield from _trees(cursor, _Tree(inside.__contains__, partial(_documents, key=key)))
        else:
            yield from _elements(cursor, key, is_lenient)


def lists(
    stream: Readable,
    is_wanted: Callable[[Keys], bool],
    unread: Callable[[Keys], str | None] | None = None,
) -> Iterator[Piece]:
    """Yield the elements of every wanted list that objects lead to, each list announced.

    Lists that `unread` names are counted. A document that is itself a list is reached by no
    key.
    """
    for cursor in _cursors(stream):
        if isinstance(cursor, Broken):
            yield cursor
        else:
            yield from _trees(cursor, _Tree(is_wanted, _announced, unread))


def _cursors(stream: Readable) -> Iterator[Cursor | Broken]:
    """One for the stream; one for each line where each line is a document."""
    cursor = Cursor(stream)
    if not is_line_by_line(cursor.buffer):
        yield cursor
        return
    for piece in lines(Rest(cursor.buffer, stream)):
        yield piece if isinstance(piece, Broken) else Cursor(Rest(piece[1]), piece[0])


def is_line_by_line(head: bytes) -> bool:
    """Whether at least two of the first lines are objects by themselves."""
    found = 0
    for line in head.removeprefix(BOM).split(b"\n", _LINES_LOOKED_AT)[:_LINES_LOOKED_AT]:
        if not line.startswith(b"{"):
            continue
        try:
            found += bool(msgspec.json.decode(line, type=dict[str, msgspec.Raw]))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return found > 1


def _elements(cursor: Cursor, key: str | None, is_lenient: bool) -> Iterator[Piece]:
    while (byte := cursor.peek()) >= 0:
        cursor.mark()
        if key is None and byte == OPEN_ARRAY:
            if not (yield from array(cursor)):
                yield cursor.truncated()
        elif key is not None and byte == OPEN_OBJECT:
            if not (yield from _document(cursor, key, is_lenient)):
                yield cursor.truncated()
        elif key is not None and byte in (OPEN_ARRAY, CLOSE_ARRAY):
            cursor.position += 1  # a list of documents
        else:
            value, is_complete = cursor.value()
            if not is_complete:
                yield cursor.truncated()
            elif key is None or isinstance(value, Broken):
                yield value
            else:
                yield _as_broken(value, Reason.INVALID_JSON, "is not a JSON object")


def _document(cursor: Cursor, key: str, is_lenient: bool = False) -> Pieces:
    """One object with its list; the cursor stands on its opening brace, marked.

    The generator's value tells whether the object was closed before the stream ended.
    """
    cursor.position += 1
    header = bytearray()
    has_array = is_complete = False
    while (byte := cursor.peek()) >= 0:
        if byte == CLOSE_OBJECT:
            cursor.position += 1
            is_complete = True
            break
        if byte != QUOTE:  # no key: the decoder of the header shall complain
            header += b",?"
            if not cursor.value()[1]:
                break
            continue
        name, ended = cursor.key()
        if not ended or (byte := cursor.peek()) < 0:
            break
        is_single = is_lenient and byte == OPEN_OBJECT
        if name == key and (is_single or byte == OPEN_ARRAY):
            has_array = True
            if not (yield from _single(cursor) if is_single else array(cursor)):
                break
            continue
        value, ended = cursor.value()
        if not ended:
            break
        if name == key:
            has_array = not isinstance(value, Broken) and value[1] == b"null"
        elif not isinstance(value, Broken) and len(header) < MAX_RECORD_BYTES:
            header += b"," + msgspec.json.encode(name) + b":" + value[1]
    yield Header(b"{" + bytes(header[1:]) + b"}")
    if is_complete and not has_array and not is_lenient:
        offset, size, raw = cursor.marked()
        yield Broken(
            offset,
            size,
            raw,
            Reason.UNSUPPORTED_RECORD,
            f"has no list `{key}`",
        )
    return is_complete


Piece = Native | Broken | Header | Within | Unread
Pieces = Generator[Piece, None, bool]


class _Tree:
    """Finds the lists of a document, at any depth that objects lead to."""

    def __init__(
        self,
        is_wanted: Callable[[Keys], bool],
        read: Callable[[Cursor, Keys], Pieces],
        unread: Callable[[Keys], str | None] | None = None,
    ) -> None:
        self._is_wanted = is_wanted
        self._read = read
        self._unread = unread
        self.has_list = False

    def walk(self, cursor: Cursor, keys: Keys = ()) -> Pieces:
        """Read the value that the cursor stands on; whether it was complete."""
        byte = cursor.buffer[cursor.position]
        if byte == OPEN_OBJECT and len(keys) < _DEEPEST_LIST:
            return (yield from self._object(cursor, keys))
        if byte == OPEN_ARRAY and self._is_wanted(keys):
            self.has_list = True
            return (yield from self._read(cursor, keys))
        if byte == OPEN_ARRAY and self._unread and (name := self._unread(keys)) is not None:
            return (yield from _counted(cursor, name))
        value, is_complete = cursor.value()
        if keys and self._is_wanted(keys) and not isinstance(value, Broken):
            self.has_list |= value[1] == b"null"
        return is_complete

    def _object(self, cursor: Cursor, keys: Keys) -> Pieces:
        cursor.position += 1
        while (byte := cursor.peek()) >= 0:
            if byte == CLOSE_OBJECT:
                cursor.position += 1
                return True
            if byte != QUOTE:  # no key
                if not cursor.value()[1]:
                    break
                continue
            name, is_complete = cursor.key()
            if not is_complete or cursor.peek() < 0:
                break
            if not (yield from self.walk(cursor, (*keys, name))):
                break
        return False


def _trees(cursor: Cursor, tree: _Tree) -> Iterator[Piece]:
    while cursor.peek() >= 0:
        cursor.mark()
        tree.has_list = False
        if not (yield from tree.walk(cursor)):
            yield cursor.truncated()
        elif not tree.has_list:
            offset, size, raw = cursor.marked()
            detail = "has none of the lists that this format has"
            yield Broken(offset, size, raw, Reason.UNSUPPORTED_RECORD, detail)


def _announced(cursor: Cursor, keys: Keys) -> Pieces:
    yield Within(keys)
    return (yield from array(cursor))


def _counted(cursor: Cursor, name: str) -> Pieces:
    """How many elements a list has."""
    count, found = 0, array(cursor)
    while True:
        try:
            next(found)
        except StopIteration as end:
            if count:
                yield Unread(name, count)
            return bool(end.value)
        count += 1


def _documents(cursor: Cursor, _: Keys, key: str) -> Pieces:
    """A list of documents that have their records in a list each."""
    cursor.position += 1
    while (byte := cursor.peek()) >= 0:
        if byte == CLOSE_ARRAY:
            cursor.position += 1
            return True
        if byte == CLOSE_OBJECT:  # the list was never closed, what it is in is
            return True
        cursor.mark()
        if byte == OPEN_OBJECT:
            if not (yield from _document(cursor, key)):
                return False
            cursor.mark()
            continue
        value, is_complete = cursor.value()
        if not is_complete:
            return False
        if not isinstance(value, Broken):
            value = _as_broken(value, Reason.INVALID_JSON, "is not a JSON object")
        yield value
    return False


def array(cursor: Cursor) -> Pieces:
    """The elements of one array; the cursor stands on its opening bracket.

    The generator's value tells whether the array was closed before the stream ended.
    """
    cursor.position += 1
    while (byte := cursor.peek()) >= 0:
        if byte == CLOSE_ARRAY:
            cursor.position += 1
            return True
        if byte == CLOSE_OBJECT:  # the list was never closed, its document is
            return True
        cursor.mark()
        value, is_complete = cursor.value()
        if not is_complete:
            return False
        cursor.mark()
        yield value
        while (found := cursor.next_object()) is not None:  # nearly all elements
            yield found
    return False


def _single(cursor: Cursor) -> Pieces:
    """The value that stands where an array might."""
    cursor.mark()
    value, is_complete = cursor.value()
    if is_complete:
        cursor.mark()
        yield value
    return is_complete


def _as_broken(native: Native, reason: Reason, detail: str) -> Broken:
    offset, raw = native
    return Broken(offset, len(raw), raw[:MAX_REJECT_BYTES], reason, detail)
