"""Splitting CSV: exact bytes, any chunk size, stray quotes, bounded memory."""

from __future__ import annotations

import csv
import io

import pytest

from loaders.reading import csv_stream
from loaders.reading.csv_stream import rows
from loaders.reading.json_cursor import Broken
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES, Reason

TABLE = [
    ["id", "text", "more"],
    ["1", "plain", ""],
    ["2", 'with, "quotes"', "x"],
    ["3", "two\nlines\r\nand ,more\n\n", "y"],
    ["", "", '"'],
    ["5", 'mid"quote', "é\u2028"],
]


@pytest.mark.parametrize("chunk", [1, 2, 3, 11, 100_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_have_their_exact_bytes(
    chunk: int, end: str, delimiter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_stream, "CHUNK_BYTES", chunk)
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(TABLE)
    mark = "\ufeff" if chunk > 2 else ""
    content = f"{mark}{text.getvalue()}{end}  {end}".encode()
    found = list(rows(io.BytesIO(content), delimiter))
    assert [row[2] for row in found if isinstance(row, tuple)] == TABLE
    for row in found:
        assert isinstance(row, tuple)
        assert content[row[0] :].startswith(row[1])
        assert not row[1].endswith(b"\n")


@pytest.mark.parametrize(
    "hostile",
    [b'2,"never closed', b'2,"closed" within', b'2,"', b"2,\xff", b"2,a\rb", b'"2,x'],
)
def test_a_hostile_line_costs_itself(hostile: bytes) -> None:
    content = b"1,a\n" + hostile + b'\n3,c\n4,"d"\n5,"e\n6"\n'
    found = list(rows(io.BytesIO(content)))
    good = [row[2] for row in found if isinstance(row, tuple)]
    (bad,) = (row for row in found if isinstance(row, Broken))
    assert good == [["1", "a"], ["3", "c"], ["4", "d"], ["5", "e\n6"]]
    assert (bad.offset, bad.raw) == (4, hostile)
    assert bad.reason in (Reason.INVALID_CSV, Reason.INVALID_ENCODING)


def test_a_quote_open_to_the_end_costs_its_line() -> None:
    found = list(rows(io.BytesIO(b'1,"a\n2,b\n3,c')))
    assert [type(row) for row in found] == [Broken, tuple, tuple]


@pytest.mark.parametrize("before", [b"1,a\n2,", b'1,a\n2,"'])
def test_oversize_records_are_skipped(before: bytes) -> None:
    size = MAX_RECORD_BYTES + 1_000_000
    content = before + b"x" * size + b"\n3,c\n"
    first, broken, last = list(rows(io.BytesIO(content)))
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    assert (first[2], last[2]) == (["1", "a"], ["3", "c"])
    assert isinstance(broken, Broken)
    assert broken.offset == 4
    assert broken.reason == Reason.TOO_LARGE
    assert len(broken.raw) == MAX_REJECT_BYTES
    assert broken.byte_count >= size


def test_nothing_in_it() -> None:
    assert list(rows(io.BytesIO(b""))) == []
    assert list(rows(io.BytesIO(b"\xef\xbb\xbf\n \n"))) == []


@pytest.mark.parametrize("chunk", [1, 2, 3, 100_000])
def test_quotes_escaped_by_a_backslash(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_stream, "CHUNK_BYTES", chunk)
    content = rb"""1,"say \"hi\", twice","C:\new \\"
2,"two
lines \"",plain \ text
3,"a ""doubled"" one",""
4,"never closed \"
5,x,y
"""
    found = list(rows(io.BytesIO(content), quoting="backslash"))
    assert [row[2] for row in found if isinstance(row, tuple)] == [
        ["1", 'say "hi", twice', "C:\\new \\"],
        ["2", 'two\nlines "', "plain \\ text"],
        ["3", 'a "doubled" one', ""],
        ["5", "x", "y"],
    ]
    (bad,) = (row for row in found if isinstance(row, Broken))
    assert bad.raw == rb'4,"never closed \"'


def test_no_quotes_at_all() -> None:
    content = b'1\t"{\t\n2\t\t""\n'
    found = list(rows(io.BytesIO(content), "\t", "none"))
    assert [row[2] for row in found if isinstance(row, tuple)] == [
        ["1", '"{', ""],
        ["2", "", '""'],
    ]
