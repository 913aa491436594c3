"""Tables of other programs as text that the readers of CSV and NDJSON take.

Source: a Parquet file (extra `parquet`) or an Excel workbook (extra `xlsx`), by its content.
Shape:  `as_text` gives any document as text: a table as a document of NDJSON or CSV, everything
        else as it is. A checksum is that of the text. What was left out is said in `remark`.
Units:  the text is spooled to a temporary file, whatever its size.
Errors: DocumentError, one sentence naming the file, where the extra is missing or the file is
        damaged; DocumentChangedError where it changes meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NamedTuple

from loaders.reading import parquet_table, workbook
from loaders.reading.documents import CHUNK_BYTES, Document, DocumentError


class Text(NamedTuple):
    """A document as text; what of the file it leaves out."""

    document: Document
    remark: str | None = None


@contextmanager
def as_text(document: Document, sheet: str | None = None) -> Generator[Text, None, None]:
    """Return a document as text; `sheet` names that of a workbook."""
    if document.is_parquet:
        _require("pyarrow", "parquet", document.name, "a Parquet file")
    elif workbook.is_workbook(document):
        _require("openpyxl", "xlsx", document.name, "an Excel workbook")
    else:
        yield Text(document)
        return
    with _whole(document) as whole:
        before = whole.sha256
        remarks: list[str] = []
        if document.is_parquet:
            pieces = parquet_table.lines(whole)
        else:
            pieces = workbook.rows(whole, sheet, remarks.append)
        with Document.spool(_Pieces(pieces), document.name, is_plain=True) as text:
            _read_again(whole)
            assert whole.sha256 == before
            text.place = document.place
            yield Text(text, " ".join(remarks) or None)


def _require(module: str, extra: str, name: str, what: str) -> None:
    if find_spec(module) is None:
        raise DocumentError(
            f"{name} is {what}: install what reads it with "
            f"`.venv/bin/pip install -e '.[{extra}]'`, or save it as CSV"
        )


@contextmanager
def _whole(document: Document) -> Iterator[Document]:
    """Return a document as a file of its own, unpacked: its parts are read in any order."""
    if document.descriptor is not None and not document.is_packed:
        yield document
        return
    with (
        document.open_stream() as stream,
        Document.spool(stream, document.name, is_plain=True) as spooled,
    ):
        yield spooled


def _read_again(document: Document) -> None:
    """Read a document once more: it must not have changed since it was hashed."""
    with document.open_stream() as stream:
        while stream.read(CHUNK_BYTES):
            pass


class _Pieces:
    """Pieces of text as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, _: int = -1, /) -> bytes:
        """Return the next piece."""
        return next((piece for piece in self._pieces if piece), b"")
