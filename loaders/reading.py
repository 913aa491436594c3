"""Reading a document by its format: the loop that applies what a platform module declares.

Source: any document; its format says how native records are contained in it.
Shape:  one outcome per native record, Landed or Rejected, numbered from 1 without gaps.
Units:  offsets in bytes of the decompressed content.
Errors: what is wrong with a record rejects this record; DocumentError passes (the source
        cannot be read), and so does every error of the environment.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from typing import Any

import msgspec

from loaders.csv_stream import rows
from loaders.documents import Document, Readable
from loaders.explanations import Failure, explain
from loaders.formats import Context, Csv, Format, JsonArray, JsonLists, Part
from loaders.json_cursor import Broken, Native
from loaders.json_stream import Header, Keys, Within, elements, lines, lists
from loaders.records import (
    MAX_REJECT_BYTES,
    Counter,
    Interaction,
    Landed,
    Outcome,
    Post,
    Profile,
    Reason,
    Record,
    RecordError,
    Rejected,
)
from loaders.redaction import Edit, csv_edits, json_edits, redact

ESCAPED_NUL = b"\\u0000"
_BACKSLASH = b"\\"
MAX_SEEN = 65_536
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def outcomes(document: Document, fmt: Format, context: Context) -> Iterator[Outcome]:
    """Account for every native record of a document."""
    context = msgspec.structs.replace(context, source=document.name)
    if isinstance(fmt.container, Csv):
        return _csv(document, fmt, fmt.container, context)
    if isinstance(fmt.container, JsonArray | JsonLists):
        return _documents(document, fmt, fmt.container, context)
    return _lines(document, fmt, context)


def _lines(document: Document, fmt: Format, context: Context) -> Iterator[Outcome]:
    parse = fmt.parse
    finish = _Finisher(fmt).finish if fmt.is_repetitive else None
    with document.open_stream() as stream:
        for number, piece in enumerate(lines(stream), 1):
            if type(piece) is not tuple:
                yield _redacted(_broken(number, piece))
                continue
            try:
                raw = piece[1]
                records = tuple(parse(raw, context))
                if _BACKSLASH in raw and ESCAPED_NUL in raw:  # the first is found far faster
                    _refuse_nul(records)
            except Failure as error:
                yield _redacted(_rejected(number, piece, error))
            else:
                yield Landed(number, finish(records) if finish else records)


def _documents(
    document: Document, fmt: Format, container: JsonArray | JsonLists, context: Context
) -> Iterator[Outcome]:
    number = 0
    finisher = _Finisher(fmt)
    bare = _Surroundings(b"{}", context)
    current: _Surroundings | None = None if fmt.header else bare
    before = None
    with (
        document.open_stream() as stream,
        closing(_headers(document, fmt, container, context)) as headers,
    ):
        for piece in pieces(stream, container):
            if type(piece) is tuple:
                if current is None:
                    current = next(headers)
                    if not context.is_replay or current.header != before:
                        finisher.forget()
                    before = current.header
                for outcome in _item(piece, fmt, current.context, finisher, number):
                    number += 1
                    yield _replayable(outcome, container, current, piece)
            elif isinstance(piece, Broken):
                number += 1
                yield _redacted(_broken(number, piece))
            elif isinstance(piece, Within):
                within = msgspec.structs.replace(context, keys=piece.keys)
                current = _Surroundings(b"", within)
            elif fmt.header:
                if current is None:
                    next(headers)  # a document without records; the next one has its own
                current = None


def pieces(
    stream: Readable, container: JsonArray | JsonLists
) -> Iterator[Native | Broken | Header | Within]:
    """What a stream is made of, for a format with that container."""
    if isinstance(container, JsonLists):
        return lists(stream, container.is_wanted)
    if container.prefix:
        stream = _Unprefixed(stream, container.prefix)
    return elements(stream, container.key, container.inside, container.is_lenient)


class _Unprefixed:
    """A stream whose beginning, where it is the prefix, reads as white space."""

    def __init__(self, stream: Readable, prefix: bytes) -> None:
        self._stream = stream
        self._prefix: bytes | None = prefix

    def read(self, size: int = -1, /) -> bytes:
        content = self._stream.read(size)
        if self._prefix is not None:
            found = re.match(self._prefix, content)
            content = b" " * found.end() + content[found.end() :] if found else content
            self._prefix = None
        return content


class _Surroundings(msgspec.Struct, frozen=True):
    """A document without its records: its bytes, and what the format makes of them."""

    header: bytes
    context: Context | RecordError


def _replayable(
    outcome: Outcome, container: JsonArray | JsonLists, around: _Surroundings, native: Native
) -> Outcome:
    """Give a reject the smallest document that holds it, so that it can be tried again."""
    if not isinstance(outcome, Rejected):
        return outcome
    header, (offset, item) = around.header, native
    if len(header) + len(item) > MAX_REJECT_BYTES or outcome.raw not in item:
        return _redacted(outcome)
    whole = b"[" + item + b"]"
    keys: Keys = ()
    if isinstance(container, JsonLists):
        if isinstance(around.context, Context):
            keys = around.context.keys
    elif container.key is not None:
        rest = header.strip()[1:-1].strip()
        whole = _member(container.key, whole) + (b", " + rest if rest else b"")
        whole = b"{" + whole + b"}"
        if container.inside:
            whole = b"[" + whole + b"]"
            keys = container.inside[0]
    for key in reversed(keys):
        whole = b"{" + _member(key, whole) + b"}"
    return _redacted_within(outcome, whole, offset, json_edits(whole))


def _redacted(rejected: Rejected) -> Rejected:
    """A reject whose bytes are JSON, or should be, without what is private in them."""
    raw = redact(rejected.raw, json_edits(rejected.raw))
    return msgspec.structs.replace(rejected, raw=raw)


def _redacted_within(
    rejected: Rejected, document: bytes, offset: int, edits: Sequence[Edit]
) -> Rejected:
    """The same for a reject and the document that holds it: both say the same."""
    start = document.index(rejected.raw)
    return msgspec.structs.replace(
        rejected,
        raw=redact(document, edits, start, start + len(rejected.raw)),
        document=redact(document, edits),
        document_offset=offset,
    )


def _member(key: str, value: bytes) -> bytes:
    return msgspec.json.encode(key) + b": " + value


def _headers(
    document: Document, fmt: Format, container: JsonArray | JsonLists, context: Context
) -> Generator[_Surroundings, None, None]:
    """What surrounds the records of each document, read ahead: keys come in any order."""
    if fmt.header is None:
        return
    gathered: list[Any] = []
    with document.open_stream() as stream:
        for piece in pieces(stream, container):
            if isinstance(piece, Header):
                try:
                    header = fmt.header(piece.raw)
                except Failure as error:
                    yield _Surroundings(piece.raw, RecordError(*explain(error, piece.raw)))
                else:
                    within = msgspec.structs.replace(
                        context,
                        header=header,
                        gathered=fmt.combine(gathered),
                        is_suspect=ESCAPED_NUL in piece.raw,
                    )
                    yield _Surroundings(piece.raw, within)
                gathered = []
            elif fmt.gather is not None and type(piece) is tuple:
                with suppress(*Failure):  # it will be rejected itself
                    if (found := fmt.gather(piece[1])) is not None:
                        gathered.append(found)


def _item(
    item: Native, fmt: Format, context: Context | RecordError, finisher: _Finisher, number: int
) -> Iterator[Outcome]:
    """The outcomes of one item; a generator, so that records are finished in their order."""
    if isinstance(context, RecordError):
        yield _rejected(number + 1, item, context, "document of record")
        return
    offset, whole = item
    try:
        parts = _parts(whole, fmt, context)
    except Failure as error:
        yield _rejected(number + 1, item, error)
        return
    if not parts:
        nothing = RecordError(Reason.UNSUPPORTED_RECORD, "the item holds no record")
        yield _rejected(number + 1, item, nothing)
    is_suspect = context.is_suspect or ESCAPED_NUL in whole
    for place, part in parts:
        number += 1
        within = context
        if fmt.expand is not None:
            within = msgspec.structs.replace(context, parent=part.parent)
        try:
            records = () if part.is_empty else tuple(fmt.parse(part.raw, within))
            if is_suspect:
                _refuse_nul(records)
        except Failure as error:
            yield _rejected(number, (offset + place, part.raw), error)
        else:
            yield Landed(number, finisher.finish(records))


def _parts(whole: bytes, fmt: Format, context: Context) -> list[tuple[int, Part]]:
    """The parts of an item, each with its exact bytes and where they stand in it."""
    if fmt.expand is None:
        return [(0, Part(whole))]
    readable = whole
    try:
        parts = list(fmt.expand(whole, context))
    except msgspec.DecodeError:
        # half a surrogate pair anywhere makes all of it unreadable: look around it
        readable = _ESCAPE.sub(_without_half_pair, whole)
        if readable == whole:
            raise
        parts = list(fmt.expand(readable, context))
    placed = []
    place = 0
    for part in parts:
        raw = bytes(part.raw)
        place = readable.find(raw, place)
        if place < 0:  # keys came in another order
            place = readable.find(raw)
        exact = whole[place : place + len(raw)]
        placed.append((place, msgspec.structs.replace(part, raw=exact)))
        place += 1
    return placed


def _without_half_pair(escape: re.Match[bytes]) -> bytes:
    return rb"\uFFFD" if escape["half"] else escape[0]


def _csv(
    document: Document, fmt: Format, container: Csv, context: Context
) -> Iterator[Outcome]:
    columns = container.columns
    titles: list[str] = []
    first_line = b""
    number = 0
    finisher = _Finisher(fmt)
    with document.open_stream() as stream:
        for piece in rows(stream, container.delimiter, container.quoting):
            if not isinstance(piece, Broken):
                offset, raw, fields = piece
                if container.is_terminated:
                    fields = _unterminated(fields, len(columns))
                if not columns or fields == titles:
                    columns, titles = tuple(field.strip() for field in fields), fields
                    first_line = raw
                    continue
            number += 1
            if isinstance(piece, Broken):
                yield _redacted_row(_broken(number, piece), b"", columns, container)
                continue
            try:
                if len(fields) != len(columns):
                    detail = f"has {len(fields)} fields, not {len(columns)}"
                    raise RecordError(Reason.INVALID_CSV, detail)
                if b"\0" in raw:
                    raise RecordError(Reason.INVALID_TEXT, "contains a NUL character")
                records = tuple(fmt.parse(dict(zip(columns, fields, strict=True)), context))
                if ESCAPED_NUL in raw:
                    _refuse_nul(records)
            except Failure as error:
                rejected = _rejected(number, (offset, raw), error)
                yield _redacted_row(rejected, first_line, columns, container)
            else:
                yield Landed(number, finisher.finish(records))


def _redacted_row(
    rejected: Rejected, first_line: bytes, columns: tuple[str, ...], container: Csv
) -> Rejected:
    """A reject without what is private in its columns, beneath the line that names them."""
    edits = csv_edits(rejected.raw, columns, container.delimiter, container.quoting)
    raw = redact(rejected.raw, edits)
    document = first_line.rstrip(b"\r\n") + b"\n" + raw
    if not first_line or len(document) >= MAX_REJECT_BYTES:
        return msgspec.structs.replace(rejected, raw=raw)
    return msgspec.structs.replace(
        rejected, raw=raw, document=document, document_offset=rejected.byte_offset
    )


def _unterminated(fields: list[str], wanted: int) -> list[str]:
    """The fields without the empty one behind a delimiter that ends the record."""
    is_ended = len(fields) > 1 and not fields[-1] and len(fields) != wanted
    return fields[:-1] if is_ended else fields


class _Finisher:
    """What needs to know the records before: repeated descriptions, ordinals of derived ids."""

    def __init__(self, fmt: Format) -> None:
        self._is_repetitive = fmt.is_repetitive
        self._qualities = fmt.numbered
        self._seen: set[Record] = set()
        self._times: dict[bytes, int] = {}

    def finish(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """Leave out descriptions said before; number derived ids."""
        finished: list[Record] = []
        for record in records:
            if isinstance(record, Interaction):
                finished.append(
                    self._numbered(record) if record.key_quality in self._qualities else record
                )
            elif self._is_repetitive and isinstance(record, Profile | Post | Counter):
                if record not in self._seen:
                    if len(self._seen) >= MAX_SEEN:
                        self._seen.clear()
                    self._seen.add(record)
                    finished.append(record)
            else:
                finished.append(record)
        return tuple(finished)

    def forget(self) -> None:
        """Begin the next document: ordinals count within one document."""
        self._times.clear()

    def _numbered(self, record: Interaction) -> Interaction:
        digest = hashlib.blake2b(record.native_id.encode(), digest_size=12).digest()
        ordinal = self._times[digest] = self._times.get(digest, 0) + 1
        return msgspec.structs.replace(record, native_id=f"{record.native_id}:{ordinal}")


def _broken(number: int, piece: Broken | Header | Native | Within) -> Rejected:
    assert isinstance(piece, Broken)
    return Rejected(
        line_no=number,
        byte_offset=piece.offset,
        byte_count=piece.byte_count,
        raw=piece.raw,
        reason=piece.reason,
        detail=f"record {number} {piece.detail}",
        is_cut=piece.byte_count > len(piece.raw),
    )


def _rejected(
    number: int, piece: Native, error: BaseException, subject: str = "record"
) -> Rejected:
    offset, raw = piece
    reason, detail = explain(error, raw)
    return Rejected(
        line_no=number,
        byte_offset=offset,
        byte_count=len(raw),
        raw=raw[:MAX_REJECT_BYTES],
        reason=reason,
        detail=f"{subject} {number}: {detail}",
        is_cut=len(raw) > MAX_REJECT_BYTES,
    )


def _refuse_nul(records: tuple[Record, ...]) -> None:
    """No database stores a NUL: refuse records that hold one, anywhere."""
    for record in records:
        for key, value in msgspec.structs.asdict(record).items():
            content = value
            if isinstance(value, bytes) and ESCAPED_NUL in value:
                content = msgspec.json.decode(value)
            if _holds_nul(content):
                raise RecordError(Reason.INVALID_TEXT, f"{key} contains a NUL character")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(_holds_nul(item) for item in value)
    if isinstance(value, msgspec.Struct):
        return any(_holds_nul(item) for item in msgspec.structs.astuple(value))
    return False
