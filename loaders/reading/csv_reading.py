"""Reading a CSV document by its format.

Source: a document whose format has a `Csv` container. The file may use another delimiter than
        the format declares, and name it in a first line `sep=;` as spreadsheets do.
Shape:  one outcome per record below the line of column names.
Units:  offsets in bytes of the decompressed content.
Errors: as `loaders.reading.reader`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any

import msgspec

from loaders.parsing.formats import Context, Csv, Format
from loaders.parsing.notes import note, take
from loaders.privacy.redaction import csv_edits, redact
from loaders.reading.checking import ESCAPED_NUL, checked
from loaders.reading.csv_stream import Row, dialect, rows
from loaders.reading.documents import BOM, Document
from loaders.reading.explanations import Failure
from loaders.reading.finishing import Finisher, broken, rejected
from loaders.reading.json_cursor import Broken
from loaders.records import MAX_REJECT_BYTES, Landed, Outcome, Reason, RecordError, Rejected


def csv_outcomes(
    document: Document, fmt: Format, container: Csv, context: Context
) -> Iterator[Outcome]:
    """Account for every record of a document."""
    container, skipped = _as_written(document, container)
    columns = container.columns
    titles: list[str] = []
    first_line = b""
    number = 0
    finisher = Finisher(fmt)
    if fmt.survey is not None:
        gathered = _surveyed(document, fmt.survey, container, skipped, context)
        context = msgspec.structs.replace(context, gathered=gathered)
    with document.open_stream() as stream:
        for piece in rows(stream, container.delimiter, container.quoting, skipped):
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
                yield _redacted_row(broken(number, piece), b"", columns, container)
                continue
            try:
                if len(fields) != len(columns):
                    detail = f"has {len(fields)} fields, not {len(columns)}"
                    raise RecordError(Reason.INVALID_CSV, detail)
                if BOM in raw:
                    fields = _unmarked(columns, fields)
                row = dict(zip(columns, fields, strict=True))
                records = checked(fmt.parse(row, context), b"\0" in raw or ESCAPED_NUL in raw)
            except Failure as error:
                refused = rejected(number, (offset, raw), error)
                yield _redacted_row(refused, first_line, columns, container)
            else:
                yield Landed(number, finisher.finish(records), take())


def _as_written(document: Document, container: Csv) -> tuple[Csv, int]:
    """Return the container with the file's own delimiter, and where its first record begins."""
    delimiter, skipped = dialect(document.head, container.delimiter)
    if container.columns:  # no line of names could tell
        delimiter = container.delimiter
    return msgspec.structs.replace(container, delimiter=delimiter), skipped


def _surveyed(
    document: Document,
    survey: Callable[[Iterator[dict[str, str]], Context], Any],
    container: Csv,
    skipped: int,
    context: Context,
) -> Any:
    """What a format makes of the whole rows of a document, as far as it reads them."""
    with document.open_stream() as stream:
        found = rows(stream, container.delimiter, container.quoting, skipped)
        with closing(_whole_rows(found, container)) as whole:
            return survey(whole, context)


def _whole_rows(
    found: Iterator[Row | Broken], container: Csv
) -> Generator[dict[str, str], None, None]:
    columns = container.columns
    titles: list[str] = []
    for piece in found:
        if isinstance(piece, Broken):
            continue
        fields = piece[2]
        if container.is_terminated:
            fields = _unterminated(fields, len(columns))
        if not columns or fields == titles:
            columns, titles = tuple(field.strip() for field in fields), fields
        elif len(fields) == len(columns):
            yield dict(zip(columns, fields, strict=True))


def _redacted_row(
    refused: Rejected, first_line: bytes, columns: tuple[str, ...], container: Csv
) -> Rejected:
    """A reject without what is private in its columns, beneath the line that names them."""
    edits = csv_edits(refused.raw, columns, container.delimiter, container.quoting)
    raw = redact(refused.raw, edits)
    document = first_line.rstrip(b"\r\n") + b"\n" + raw
    if not first_line or len(document) >= MAX_REJECT_BYTES:
        return msgspec.structs.replace(refused, raw=raw)
    return msgspec.structs.replace(
        refused, raw=raw, document=document, document_offset=refused.byte_offset
    )


def _unmarked(columns: tuple[str, ...], fields: list[str]) -> list[str]:
    """The fields without the byte order marks that some writers begin or end a field with."""
    plain = [field.strip("\ufeff") for field in fields]
    for column, field, before in zip(columns, plain, fields, strict=True):
        if field != before:
            note("repaired", column, "began or ended with a byte order mark")
    return plain


def _unterminated(fields: list[str], wanted: int) -> list[str]:
    """The fields without the empty one behind a delimiter that ends the record."""
    is_ended = len(fields) > 1 and not fields[-1] and len(fields) != wanted
    return fields[:-1] if is_ended else fields
