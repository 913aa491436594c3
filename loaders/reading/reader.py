"""Reading a document by its format: the loop that applies what a platform module declares.

Source: any document; its format says how native records are contained in it.
Shape:  one outcome per native record, Landed or Rejected, numbered from 1 without gaps.
Units:  offsets in bytes of the decompressed content.
Errors: what is wrong with a record rejects this record; DocumentError passes (the source
        cannot be read), and so does every error of the environment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

import msgspec

from loaders.parsing.formats import Context, Csv, Format, JsonArray, JsonLists, Part
from loaders.parsing.notes import WAITING, Note, take
from loaders.privacy.redaction import Edit, json_edits, redact
from loaders.reading.checking import ESCAPED_NUL, checked
from loaders.reading.csv_reading import csv_outcomes
from loaders.reading.documents import Document, DocumentChangedError, Readable
from loaders.reading.explanations import Failure, explain
from loaders.reading.finishing import Finisher, broken, rejected
from loaders.reading.json_cursor import Broken, Native
from loaders.reading.json_stream import (
    Header,
    Keys,
    Piece,
    Unread,
    Within,
    elements,
    lines,
    lists,
)
from loaders.records import MAX_REJECT_BYTES, Landed, Outcome, Reason, RecordError, Rejected

_BACKSLASH = b"\\"
_BEGINNING = 64  # bytes
NOT_READ = "the entries of this list are not read"
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def outcomes(document: Document, fmt: Format, context: Context) -> Iterator[Outcome]:
    """Account for every native record of a document."""
    named = named_by(document, fmt, context)
    context = msgspec.structs.replace(context, source=document.name, named=named)
    if isinstance(fmt.container, Csv):
        return csv_outcomes(document, fmt, fmt.container, context)
    if isinstance(fmt.container, JsonArray | JsonLists):
        return _remarked(_documents(document, fmt, fmt.container, context))
    return _lines(document, fmt, context)


def named_by(document: Document, fmt: Format, context: Context) -> Mapping[str, str]:
    """Return what the name of a document declares, where its format reads names."""
    if context.named is not None:
        return context.named
    return {} if fmt.declares is None else fmt.declares(document.place, context.account)


def _lines(document: Document, fmt: Format, context: Context) -> Iterator[Outcome]:
    parse = fmt.parse
    finish = Finisher(fmt).finish if fmt.is_repetitive else None
    with document.open_stream() as stream:
        for number, piece in enumerate(lines(stream), 1):
            if type(piece) is not tuple:
                yield _redacted(broken(number, piece))
                continue
            try:
                raw = piece[1]
                is_suspect = _BACKSLASH in raw and ESCAPED_NUL in raw  # the first is found fast
                records = checked(parse(raw, context), is_suspect)
            except Failure as error:
                yield _redacted(rejected(number, piece, error))
            else:
                if finish:
                    records = finish(records)
                # a call for every record costs more than a look
                yield Landed(number, records, take()) if WAITING else Landed(number, records)


def _documents(
    document: Document, fmt: Format, container: JsonArray | JsonLists, context: Context
) -> Iterator[Outcome | Unread]:
    number = 0
    finisher = Finisher(fmt)
    if fmt.gather is not None and fmt.header is None:
        context = msgspec.structs.replace(
            context, gathered=_gathered(document, fmt, fmt.gather, container)
        )
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
                    current = _next(headers, document)
                    if not context.is_replay or current.header != before:
                        finisher.forget()
                    before = current.header
                for outcome in _item(piece, fmt, current.context, finisher, number):
                    number += 1
                    yield (
                        outcome
                        if type(outcome) is Landed
                        else _replayable(outcome, container, current, piece)
                    )
            elif isinstance(piece, Broken):
                number += 1
                yield _redacted(broken(number, piece))
            elif isinstance(piece, Unread):
                yield piece
            elif isinstance(piece, Within):
                within = msgspec.structs.replace(context, keys=piece.keys)
                current = _Surroundings(b"", within)
            elif fmt.header:
                if current is None:
                    _next(headers, document)  # of a document without records
                current = None
        for _ in headers:  # to its end, so that both passes are compared
            pass


def _next(headers: Iterator[_Surroundings], document: Document) -> _Surroundings:
    """Return the next header; there is one for each document unless the file has changed."""
    found = next(headers, None)
    if found is None:
        raise DocumentChangedError(document.name)
    return found


def _remarked(found: Iterator[Outcome | Unread]) -> Iterator[Outcome]:
    """The outcomes, with what was not read as notes of the record behind, or the last one."""
    held: Outcome | None = None
    waiting: tuple[Note, ...] = ()
    for outcome in found:
        if isinstance(outcome, Unread):
            waiting += (Note("passed_over", outcome.name, NOT_READ),) * outcome.count
            continue
        if held is not None:
            yield held
        held = outcome
        if waiting:
            held, waiting = msgspec.structs.replace(held, notes=held.notes + waiting), ()
    if waiting:
        held = held or Landed(1, ())
        held = msgspec.structs.replace(held, notes=held.notes + waiting)
    if held is not None:
        yield held


def _gathered(
    document: Document,
    fmt: Format,
    gather: Callable[[bytes], Any],
    container: JsonArray | JsonLists,
) -> Any:
    """What the items of a source say together, where there is no document around them."""
    found = []
    with document.open_stream() as stream:
        for piece in pieces(stream, container):
            if type(piece) is tuple:
                with suppress(*Failure):  # it will be rejected itself
                    if (said := gather(piece[1])) is not None:
                        found.append(said)
    take()  # what is noticed is noticed again by parse
    return fmt.combine(found)


def pieces(stream: Readable, container: JsonArray | JsonLists) -> Iterator[Piece]:
    """What a stream is made of, for a format with that container."""
    if isinstance(container, JsonLists):
        return lists(stream, container.is_wanted, container.unread)
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
    item: Native, fmt: Format, context: Context | RecordError, finisher: Finisher, number: int
) -> Iterator[Outcome]:
    """The outcomes of one item; a generator, so that records are finished in their order."""
    if isinstance(context, RecordError):
        yield rejected(number + 1, item, context, "document of record")
        return
    offset, whole = item
    try:
        parts = parts_of(whole, fmt, context)
    except Failure as error:
        yield rejected(number + 1, item, error)
        return
    if not parts:
        nothing = RecordError(Reason.UNSUPPORTED_RECORD, "the item holds no record")
        yield rejected(number + 1, item, nothing)
    is_suspect = context.is_suspect or (_BACKSLASH in whole and ESCAPED_NUL in whole)
    for place, part in parts:
        number += 1
        within = context
        if fmt.expand is not None:
            within = msgspec.structs.replace(context, parent=part.parent)
        try:
            records = () if part.is_empty else checked(fmt.parse(part.raw, within), is_suspect)
        except Failure as error:
            yield rejected(number, (offset + place, part.raw), error)
        else:
            yield Landed(number, finisher.finish(records), take() if WAITING else ())


def parts_of(whole: bytes, fmt: Format, context: Context) -> list[tuple[int, Part]]:
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
        place = _find(raw, readable, place)
        if place < 0:  # keys came in another order
            place = _find(raw, readable, 0)
        if readable is not whole or raw is not part.raw:
            exact = whole[place : place + len(raw)]
            placed.append((place, msgspec.structs.replace(part, raw=exact)))
        else:
            placed.append((place, part))
        place += 1
    return placed


def _find(part: bytes, whole: bytes, start: int) -> int:
    """Where a part stands, told by its first bytes: a search for many bytes begins slowly."""
    place = whole.find(part[:_BEGINNING], start)
    return place if whole.startswith(part, place) else whole.find(part, start)


def _without_half_pair(escape: re.Match[bytes]) -> bytes:
    return rb"\uFFFD" if escape["half"] else escape[0]
