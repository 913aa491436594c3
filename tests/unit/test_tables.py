"""Workbooks and zstandard as text; Parquet, which needs a large extra, is in soak."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from loaders.reading import tables, workbook
from loaders.reading.archives import members
from loaders.reading.documents import Document, DocumentChangedError, DocumentError
from loaders.reading.tables import as_text

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8
).filter(lambda text: text[0] not in "=#" and "_x" not in text)
CELLS = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 (Excel's)
        lambda at: at.replace(microsecond=0, second=7)
    ),
)


def _book(path: Path, *sheets: tuple[str, Sequence[Sequence[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def _read(path: Path, sheet: str | None = None) -> tuple[list[list[str]], str | None]:
    with Document.open(path) as document, as_text(document, sheet) as text:
        with text.document.open_stream() as stream:
            content = b"".join(iter(lambda: stream.read(1000), b""))
        return list(csv.reader(io.StringIO(content.decode(), newline=""))), text.remark


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


@settings(max_examples=20)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6))
def test_any_sheet_is_its_rows(
    rows: list[list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("book") / "b.xlsx"
    found, remark = _read(_book(path, ("One", [["a", "b", "c"], *rows])))
    kept = [[_text(value) for value in row] for row in rows]
    assert found == [["a", "b", "c"], *(row for row in kept if any(row))]
    assert remark is None


def test_the_first_visible_sheet_with_a_value_is_read_and_said(tmp_path: Path) -> None:
    path = _book(
        tmp_path / "b.xlsx", ("Empty", []), ("Two", [[], ["x"], [1]]), ("Three", [["y"], [2]])
    )
    found, remark = _read(path)
    assert found == [["x"], ["1"]]
    assert remark is not None
    assert "'Two' was read and not 'Empty', 'Three'" in remark
    assert _read(path, "Three") == ([["y"], ["2"]], None)
    with pytest.raises(DocumentError, match="no sheet 'Four'; it has 'Empty', 'Two', 'Three'"):
        _read(path, "Four")
    book = openpyxl.load_workbook(path)
    book["Two"].sheet_state = "hidden"
    book.save(path)
    assert _read(path)[0] == [["y"], ["2"]]


def test_dates_clocks_and_values_beside_the_table(tmp_path: Path) -> None:
    path = tmp_path / "b.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["day", "midnight", None, "lasts", "share"])
    noon = datetime(2026, 3, 1)  # noqa: DTZ001 (Excel's)
    sheet.append([noon, noon, "stray", timedelta(hours=1), 0.5, None, "beside"])
    sheet["A2"].number_format, sheet["B2"].number_format = 'd. mmmm yyyy "h"', "d.m.yy hh:mm"
    book.save(path)
    found, remark = _read(path)
    assert found[0] == ["day", "midnight", "C", "lasts", "share"]
    assert found[1][:2] == ["2026-03-01", "2026-03-01T00:00:00"]
    assert found[1][4] == "0.5"
    assert remark == "1 value beside the columns with a name could not be read."


def test_a_workbook_in_a_zip_is_one_of_its_files(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(_book(tmp_path / "b.xlsx", ("One", [["x"], [1]])), "in/b.xlsx")
    found = []
    with Document.open(path) as document:
        for member in members(document):
            assert isinstance(member, Document)
            with as_text(member) as text:
                found.append((member.name, text.document.head))
    assert found == [(f"{path}/in/b.xlsx", b'"x"\r\n"1"\r\n')]


@settings(max_examples=60)
@given(place=st.integers(0), change=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_workbook_is_a_sentence(
    place: int, change: int, cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _book(
        tmp_path_factory.mktemp("book") / "b.xlsx", ("One", [["x", "y"], *[[1, "a"]] * 20])
    )
    content = bytearray(path.read_bytes())
    place %= len(content)
    content[place] ^= change
    path.write_bytes(content[:place] if cut else content)
    try:
        with Document.open(path) as document:
            if not workbook.is_workbook(document):
                return  # an archive, or nothing known: others say so
            with as_text(document) as text:
                assert text.document.head
    except DocumentError as error:
        assert str(error).startswith(str(path))


def test_a_workbook_without_its_sheet_is_damaged(tmp_path: Path) -> None:
    """As after one wrong byte in the list of its parts."""
    path = _book(tmp_path / "b.xlsx", ("One", [["x", "y"], [1, "a"]]))
    content = bytearray(path.read_bytes())
    content[content.rindex(b"xl/worksheets/sheet1.xml")] ^= 1
    path.write_bytes(content)
    with (
        Document.open(path) as document,
        pytest.raises(DocumentError, match=r"damaged or not complete: it lacks 'One'$"),
        as_text(document),
    ):
        pass


def _shared(path: Path) -> Path:
    """A workbook whose texts are in one place, as Excel writes it; one has two fonts."""
    whole = _book(path.with_name("whole.xlsx"), ("One", [["a", "b"]]))
    texts = "<si><t>No</t></si><si><r><t>gr\u00fc</t></r><r><t>n</t></r></si>"
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name).decode()
            if name.startswith("xl/worksheets/"):
                content = (
                    f"<worksheet {space}><dimension ref='A1'/><sheetData>"
                    "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='C1' t='s'><v>1</v></c></row>"
                    "<row r='9'><c r='A9'><v>1e3</v></c><c r='C9' t='e'><v>#N/A</v></c></row>"
                    "</sheetData></worksheet>"
                )
            told = f"<Override PartName='/xl/sharedStrings.xml' ContentType='{kind}'/></Types>"
            new.writestr(name, content.replace("</Types>", told))
        new.writestr("xl/sharedStrings.xml", f"<sst {space}>{texts}</sst>")
    return path


def test_texts_in_one_place_errors_and_wrong_dimensions(tmp_path: Path) -> None:
    found, _ = _read(_shared(tmp_path / "b.xlsx"))
    assert found == [["No", "B", "gr\u00fcn"], ["1000", "", "#N/A"]]


def test_more_text_than_fits_in_memory_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _shared(tmp_path / "b.xlsx")
    monkeypatch.setattr(workbook, "MOST_TEXT", 100)
    with pytest.raises(DocumentError, match="more text than can be read at once"):
        _read(path)


def test_a_workbook_that_changes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _book(tmp_path / "b.xlsx", ("One", [["x"], [1]]))
    whole = workbook.rows

    def changing(*arguments: Any) -> Any:
        yield from whole(*arguments)
        with path.open("r+b") as file:
            file.seek(50)
            file.write(b"!!!!")

    monkeypatch.setattr(workbook, "rows", changing)
    with pytest.raises(DocumentChangedError):
        _read(path)


@pytest.mark.parametrize(("module", "extra"), [("openpyxl", "xlsx"), ("pyarrow", "parquet")])
def test_a_missing_extra_is_a_sentence_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    path = _book(tmp_path / "b", ("One", [["x"], [1]]))
    if extra == "parquet":
        path.write_bytes(b"PAR1....PAR1")
    monkeypatch.setattr(tables, "find_spec", lambda name: None if name == module else name)
    with pytest.raises(DocumentError, match=rf"pip install -e '.\[{extra}\]'"):
        _read(path)


# zstandard ---------------------------------------------------------------------------------


@settings(max_examples=50)
@given(
    parts=st.lists(st.binary(max_size=3000), min_size=1, max_size=4), size=st.integers(1, 99)
)
def test_any_frames_are_their_content(
    parts: list[bytes], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("zst") / "x"
    path.write_bytes(b"".join(zstandard.compress(b"[" + part) for part in parts))
    with Document.open(path) as document, document.open_stream() as stream:
        found = b"".join(iter(lambda: stream.read(size), b""))
    assert found == b"".join(b"[" + part for part in parts)


@settings(max_examples=50)
@given(cut=st.integers(5))
def test_a_cut_stream_is_truncated(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    whole = zstandard.compress(b"some text, and more of it, " * 50 + bytes(range(256)))
    path = tmp_path_factory.mktemp("zst") / "x"
    path.write_bytes(whole[: 5 + cut % (len(whole) - 5)])
    with Document.open(path) as document, pytest.raises(DocumentError, match="truncated"):
        assert document.sha256


def test_a_stream_of_zeros_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(zstandard.compress(bytes(100_000_000)))
    count = 0
    with Document.open(path) as document, document.open_stream() as stream:
        while block := stream.read(1_000_000):
            assert len(block) <= 1_000_000
            count += len(block)
    assert count == 100_000_000


def test_without_the_extra_a_packed_file_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.jsonl.zst"
    path.write_bytes(zstandard.compress(b"{}"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(DocumentError, match=r"pip install -e '.\[zstd\]'"), Document.open(path):
        pass
