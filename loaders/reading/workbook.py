"""A sheet of an Excel workbook as CSV, of the extra `xlsx`.

Source: an .xlsx file (Office Open XML), read by openpyxl row by row.
Shape:  CSV whose first record is the first row with a value; blank rows are left out. Of
        several sheets the named one, else the first that is visible and has a value.
Units:  a date whose format shows no clock has none; no time has a zone. A formula is the value
        that Excel stored.
Errors: DocumentError for a damaged file, a sheet that is not there, or texts beyond MOST_TEXT,
        which openpyxl holds in memory.
"""

from __future__ import annotations

import csv
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any
from xml.etree import ElementTree

from loaders.reading.documents import Document, DocumentError

PARTS = ("xl/workbook.xml", "xl/worksheets/")
TEXTS = "sharedstrings.xml"
MOST_TEXT = 128 * 1024**2  # bytes
MAX_RATIO, MAX_HARMLESS_BYTES = 250, 256 * 1024**2
PIECE = 256 * 1024
_CLOCK = re.compile(r"[hs]", re.IGNORECASE)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)


def is_workbook(document: Document) -> bool:
    """Whether a document is one."""
    if not document.is_archive or document.descriptor is None:
        return False
    with os.fdopen(os.dup(document.descriptor), "rb") as file:
        try:
            with zipfile.ZipFile(file) as unzipped:
                return PARTS[0] in unzipped.namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            return False  # whoever reads it says so


def rows(
    document: Document, sheet: str | None, remark: Callable[[str], None]
) -> Iterator[bytes]:
    """Yield the rows of a sheet as CSV, some at a time; say which sheets are not read."""
    import openpyxl  # noqa: PLC0415 (an extra)

    assert document.descriptor is not None
    with os.fdopen(os.dup(document.descriptor), "rb") as file:
        _check_size(file, document.name)
        try:
            book = openpyxl.load_workbook(
                file, read_only=True, data_only=True, keep_links=False
            )
            _check_sheets(file, book, document.name)
            found = _sheet(book, sheet, document.name, remark)
            if found is not None:
                yield from _csv(found, remark)
        except (DocumentError, MemoryError):
            raise
        except Exception as error:  # openpyxl has no error for files that are not as it expects
            said = str(error).strip().split("\n")[0].rstrip(".") or type(error).__name__
            raise DocumentError(
                f"{document.name}: the workbook is damaged or not complete: {said}"
            ) from error


def _check_size(file: Any, name: str) -> None:
    """Refuse what would not fit in memory, before it is read."""
    size = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(file) as unzipped:
        infos = unzipped.infolist()
    texts = sum(info.file_size for info in infos if info.filename.lower().endswith(TEXTS))
    expanded = sum(info.file_size for info in infos)
    if texts > MOST_TEXT or expanded > max(MAX_HARMLESS_BYTES, size * MAX_RATIO):
        raise DocumentError(
            f"{name}: the workbook has more text than can be read at once "
            f"({max(texts, expanded):,} bytes); save its sheet as CSV and load that"
        )
    file.seek(0)


def _check_sheets(file: Any, book: Any, name: str) -> None:
    """Refuse a workbook that names a sheet and does not have it; openpyxl passes over it."""
    with zipfile.ZipFile(file) as unzipped:
        content = ElementTree.fromstring(unzipped.read(PARTS[0]))
    named = [each.get("name") for each in content.iter() if each.tag.endswith("}sheet")]
    if len(named) > len(book.sheetnames):
        lacking = [each for each in named if each not in book.sheetnames]
        raise DocumentError(
            f"{name}: the workbook is damaged or not complete: it lacks {_listed(lacking)}"
        )


def _sheet(book: Any, wanted: str | None, name: str, remark: Callable[[str], None]) -> Any:
    """Return the sheet to read; None where no sheet has a value."""
    sheets = {each.title: each for each in book.worksheets}
    if wanted is not None and wanted not in sheets:
        raise DocumentError(f"{name} has no sheet {wanted!r}; it has {_listed(sheets)}")
    visible = [title for title, each in sheets.items() if each.sheet_state == "visible"]
    candidates = [wanted] if wanted is not None else visible or list(sheets)
    found = next((title for title in candidates if _has_value(sheets[title])), None)
    if found is None:
        return None
    others = [title for title in sheets if title != found]
    if others and wanted is None:
        remark(
            f"Sheet {found!r} was read and not {_listed(others)}; a map with the line"
            f' sheet = "{others[0]}" reads that one.'
        )
    return sheets[found]


def _listed(titles: Any) -> str:
    return ", ".join(map(repr, titles))


def _has_value(sheet: Any) -> bool:
    sheet.reset_dimensions()  # some programs write wrong ones
    return any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)


def _csv(sheet: Any, remark: Callable[[str], None]) -> Iterator[bytes]:
    """Yield the rows below the header, as wide as it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    width = beside = 0
    for row in sheet.iter_rows():
        cells = [_text(cell) for cell in row]
        if not any(cells):
            continue
        if width == 0:
            width = max(place for place, cell in enumerate(cells, 1) if cell)
            cells = [cell or _letters(place) for place, cell in enumerate(cells[:width])]
        beside += sum(cell != "" for cell in cells[width:])
        writer.writerow(cells[:width] + [""] * (width - len(cells)))
        if buffer.tell() >= PIECE:
            yield buffer.getvalue().encode(errors="replace")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode(errors="replace")
    if beside:
        values = "1 value" if beside == 1 else f"{beside:,} values"
        remark(f"{values} beside the columns with a name could not be read.")


def _letters(place: int) -> str:
    """What Excel calls a column without a name."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 (an extra)

    return str(get_column_letter(place + 1))


def _text(cell: Any) -> str:
    """Return a cell's value as text."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        shown = _LITERAL.sub("", cell.number_format or "")
        has_clock = value.time() != time() or _CLOCK.search(shown) is not None
        return value.isoformat() if has_clock else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
