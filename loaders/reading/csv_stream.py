"""Logical CSV records of any size, each with its exact bytes and its fields.

Own code around the csv module, which knows neither offsets nor limits: one stray quote
would make it swallow the rest of a file as a single field.

Source: RFC 4180 with LF or CRLF, a byte order mark, a delimiter the format declares; the
        same with quotes escaped by a backslash; or no quotes at all, as TSV has it.
Shape:  `(offset, raw, fields)` for a record, `Broken` for what is none; quoted fields may
        span lines; lines of nothing but white space are no records.
Units:  offsets and sizes in bytes of the decompressed content; memory is bounded by
        MAX_RECORD_BYTES. Text is UTF-8.
Errors: none of its own; reading errors pass. A quote that is never closed, or closed in the
        middle of a field, costs its physical line: reading goes on behind it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Literal

from loaders.reading.documents import BOM, CHUNK_BYTES, Readable
from loaders.reading.json_cursor import Broken
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES, Reason

Row = tuple[int, bytes, list[str]]
Quoting = Literal["doubled", "backslash", "none"]  # how a quote is written within quotes

csv.field_size_limit(MAX_RECORD_BYTES)


_DECLARED = re.compile(
    rb"\s*\"?sep=(?P<delimiter>[^\r\n\"])\"?[^\S\n]*(?:\n|\Z)", re.IGNORECASE
)
_DELIMITERS = (",", ";", "\t")  # that spreadsheets write, depending on the language


def dialect(head: bytes, declared: str) -> tuple[str, int]:
    """Return the delimiter of a file and where its first record begins, from its first bytes.

    A first line `sep=;` names it. Otherwise it is the one that parts the line of column names
    into the most, and the declared one where that does not decide.
    """
    start = len(BOM) if head.startswith(BOM) else 0
    if found := _DECLARED.match(head, start):
        return found["delimiter"].decode(errors="replace"), found.end()
    line = _first_line(head[start:]).decode(errors="replace")
    counts = {each: len(_names(line, each)) for each in (declared, *_DELIMITERS)}
    return max(counts, key=lambda each: counts[each]), 0


def column_names(head: bytes) -> tuple[str, ...]:
    """Return the names in the first line of a file that has commas."""
    line = head.removeprefix(BOM).partition(b"\n")[0].decode(errors="replace")
    return tuple(name.strip().strip('"') for name in line.split(","))


def has_columns(*names: str) -> Callable[[bytes], bool]:
    """Return how a format is recognised whose first line names at least these columns."""
    return lambda head: set(names) <= set(column_names(head))


def standard(head: bytes, delimiter: str) -> bytes:
    """Return the first bytes of a file with its column names as a format delimits them."""
    written, start = dialect(head, delimiter)
    if written == delimiter and not start:
        return head
    text = head[start:].removeprefix(BOM).lstrip()
    line = _first_line(text)
    names = io.StringIO()
    fields = _names(line.decode(errors="replace"), written)
    csv.writer(names, delimiter=delimiter, lineterminator="").writerow(fields)
    return names.getvalue().encode() + text[len(line) :]


def _first_line(text: bytes) -> bytes:
    return text.lstrip().partition(b"\n")[0].rstrip(b"\r")


def _names(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def rows(
    stream: Readable, delimiter: str = ",", quoting: Quoting = "doubled", start: int = 0
) -> Iterator[Row | Broken]:
    """Yield the records of a stream, the header line (if any) first.

    `start`: where the first record begins, behind a line that is none.
    """
    for piece in _records(stream, delimiter.encode(), quoting, start):
        if isinstance(piece, Broken):
            yield piece
            continue
        offset, raw = piece
        try:
            fields = _fields(raw.decode(), delimiter, quoting)
        except UnicodeDecodeError:
            yield _broken(offset, raw, Reason.INVALID_ENCODING, "is not UTF-8")
        except (csv.Error, StopIteration):
            yield _broken(offset, raw, Reason.INVALID_CSV, "is not a CSV record")
        else:
            yield offset, raw, fields


def _fields(text: str, delimiter: str, quoting: Quoting) -> list[str]:
    if quoting == "none":
        return text.split(delimiter)
    if quoting == "backslash" and "\\" in text:
        text = _QUOTED.sub(lambda quoted: _ESCAPED.sub(_doubled, quoted[0]), text)
    return next(csv.reader([text], delimiter=delimiter, strict=True))


_QUOTED = re.compile(r'"(?:[^"\\]++|\\.|"")*"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')


def _doubled(escaped: re.Match[str]) -> str:
    return '""' if escaped[1] == '"' else escaped[1]


def _records(
    stream: Readable, delimiter: bytes, quoting: Quoting, start: int
) -> Iterator[tuple[int, bytes] | Broken]:
    whole, open_ended = _patterns(delimiter, quoting)
    source = _Source(stream)
    source.start = max(source.start, start)
    while True:
        end = source.line_end(source.start)
        if end < 0:
            if len(source.buffer) == source.start:
                return
            yield source.take_oversize()
            continue
        raw = source.buffer[source.start : end]
        if b'"' in raw and quoting != "none":
            found = _match(source, whole, open_ended)
            if found is None and len(raw) <= MAX_RECORD_BYTES:
                detail = "has a quote that is not closed, or closed within a field"
                yield _broken(source.offset, raw.rstrip(b"\r\n"), Reason.INVALID_CSV, detail)
                source.start += len(raw)
                continue
            end = source.start + len(raw) if found is None else found.end()
            raw = source.buffer[source.start : end]
        if len(raw) > MAX_RECORD_BYTES:
            yield _broken(source.offset, raw, Reason.TOO_LARGE, "is too large")
        elif not raw.isspace():
            yield source.offset, raw.removesuffix(b"\n").removesuffix(b"\r")
        source.start = end


def _match(
    source: _Source, whole: re.Pattern[bytes], open_ended: re.Pattern[bytes]
) -> re.Match[bytes] | None:
    """The record that begins here, reading on while it may not be all of it."""
    while True:
        found = whole.match(source.buffer, source.start)
        if found is None and open_ended.match(source.buffer, source.start) is None:
            return None
        if found is not None and source.buffer.endswith(b"\n", found.end() - 1):
            return found
        if found is not None and found.end() < len(source.buffer):
            return found
        size = len(source.buffer) - source.start
        # reading as much again keeps repeated matching linear in the size of the record
        if size > MAX_RECORD_BYTES or not source.read(size):
            return found


def _patterns(
    delimiter: bytes, quoting: Quoting
) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A whole record, and one whose last field is still open where the buffer ends."""
    sep = re.escape(delimiter)
    inside = rb'"(?:[^"]++|"")*'
    if quoting == "backslash":
        inside = rb'"(?:[^"\\]++|(?s:\\(?:.|\Z))|"")*'
    field = rb"(?:%s\"(?=%s|\r?\n|\r?\Z)|[^\"\n%s][^\n%s]*+|)" % (inside, sep, sep, sep)
    before = rb"(?:%s%s)*" % (field, sep)
    whole = rb"%s%s(?:\n|\r\n|\r?\Z)" % (before, field)
    return re.compile(whole), re.compile(rb"%s%s\Z" % (before, inside))


def _broken(offset: int, raw: bytes, reason: Reason, detail: str) -> Broken:
    return Broken(offset, len(raw), raw[:MAX_REJECT_BYTES], reason, detail)


class _Source:
    """The part of a stream that is being split; `start` is where the next record begins."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.buffer = stream.read(CHUNK_BYTES)
        self.start = len(BOM) if self.buffer.startswith(BOM) else 0
        self._base = 0
        self._is_ended = False

    @property
    def offset(self) -> int:
        """Where the next record begins in the stream."""
        return self._base + self.start

    def read(self, at_least: int = 0) -> bool:
        """Read on, dropping what is behind; False at the end of the stream."""
        chunk = self._stream.read(max(CHUNK_BYTES, at_least))
        if not chunk:
            self._is_ended = True
            return False
        self.buffer = self.buffer[self.start :] + chunk
        self._base += self.start
        self.start = 0
        return True

    def line_end(self, searched: int) -> int:
        """Where the next physical line begins; -1 if that is too far away, or at the end."""
        while (end := self.buffer.find(b"\n", searched)) < 0:
            size = len(self.buffer) - self.start
            if size > MAX_RECORD_BYTES:
                return -1
            if self._is_ended or not self.read(size):
                return len(self.buffer) if size else -1
            searched = self.start + size
        return end + 1

    def take_oversize(self) -> Broken:
        """Skip a physical line that is too large."""
        offset = self.offset
        raw = self.buffer[self.start : self.start + MAX_REJECT_BYTES]
        end = -1
        while end < 0:
            self.start = len(self.buffer)
            if not self.read():
                break
            end = self.buffer.find(b"\n")
        self.start = len(self.buffer) if end < 0 else end + 1
        return Broken(offset, self.offset - offset, raw, Reason.TOO_LARGE, "is too large")
