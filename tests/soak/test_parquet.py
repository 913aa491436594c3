"""Parquet files of every kind of column through a map; pyarrow is a large extra."""

from __future__ import annotations

import datetime as dt
import json
import random
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from command_line import Console
from pyarrow import parquet

from loaders.reading.documents import Document, DocumentError
from loaders.reading.tables import as_text

pytestmark = pytest.mark.first_build

READING = """
import sys
from loaders.reading.documents import Document
from loaders.reading.tables import as_text
with Document.open(sys.argv[1]) as document, as_text(document) as text:
    assert text.document.head
with open("/proc/self/status") as status:  # its most; of getrusage, the parent's may be more
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""
ZONE = dt.timezone(dt.timedelta(hours=1))
NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 5)  # noqa: DTZ001 (naive)
COLUMNS: dict[str, tuple[pa.DataType, Any, Any]] = {  # type, value, what JSON has
    "whole": (pa.int64(), 2**53 + 1, 2**53 + 1),
    "small": (pa.uint8(), 7, 7),
    "real": (pa.float64(), 0.5, 0.5),
    "nan": (pa.float64(), float("nan"), None),
    "id": (pa.decimal128(38, 0), Decimal(10**30 + 1), 10**30 + 1),
    "text": (pa.string(), "grün 🙂", "grün 🙂"),
    "large": (pa.large_string(), "x", "x"),
    "word": (pa.dictionary(pa.int8(), pa.string()), "like", "like"),
    "legacy": (pa.binary(), "grün".encode(), "grün"),
    "bytes": (pa.binary(), b"\xff", "/w=="),
    "flag": (pa.bool_(), True, True),
    "day": (pa.date32(), NOON.date(), "2026-03-01"),
    "naive": (pa.timestamp("us"), NOON, "2026-03-01T12:00:00.000005"),
    "fine": (pa.timestamp("ns"), NOON, "2026-03-01T12:00:00.000005"),
    "second": (pa.timestamp("s"), NOON.replace(microsecond=0), "2026-03-01T12:00:00"),
    "aware": (
        pa.timestamp("us", "+01:00"), NOON.replace(tzinfo=ZONE),
        "2026-03-01T12:00:00.000005+01:00",
    ),
    "object": (
        pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))]),
        {"a": 1, "b": ["x", None]}, {"a": 1, "b": ["x", None]},
    ),
    "map": (pa.map_(pa.string(), pa.int64()), [("k", 1)], {"k": 1}),
    "nothing": (pa.null(), None, None),
}  # fmt: skip


def _read(path: Path) -> list[dict[str, Any]]:
    with (
        Document.open(path) as document,
        as_text(document) as text,
        text.document.open_stream() as stream,
    ):
        return [json.loads(line) for line in stream.read().splitlines()]


@pytest.mark.parametrize("packing", ["none", "snappy", "zstd", "gzip", "brotli"])
def test_every_kind_of_column_and_its_null(tmp_path: Path, packing: str) -> None:
    table = pa.table(
        {name: pa.array([value, None], kind) for name, (kind, value, _) in COLUMNS.items()}
    )
    path = tmp_path / "t"
    parquet.write_table(table, path, compression=packing)
    full, empty = _read(path)
    assert full == {name: said for name, (_, _, said) in COLUMNS.items()}
    assert empty == dict.fromkeys(COLUMNS)


def test_damage_anywhere_is_a_sentence(tmp_path: Path) -> None:
    path, dice = tmp_path / "t", random.Random(3)
    parquet.write_table(pa.table({"a": ["x"] * 500, "b": list(range(500))}), path)
    whole = path.read_bytes()
    for turn in range(300):
        content = bytearray(whole)
        place = dice.randrange(4, len(content))
        content[place] ^= dice.randrange(1, 256)
        path.write_bytes(content[:place] if turn % 3 == 0 else content)
        try:
            assert _read(path) is not None
        except DocumentError as error:
            assert str(error).startswith(f"{path}: the Parquet file is damaged")


def test_a_large_file_is_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "t"
    schema = pa.schema([("id", pa.int64()), ("text", pa.string())])
    with parquet.ParquetWriter(path, schema) as writer:
        for part in range(40):  # row groups of 25,000: 400 MB of text
            ids = list(range(part * 25_000, (part + 1) * 25_000))
            writer.write_table(
                pa.table({"id": ids, "text": [f"{n} " * 60 for n in ids]}, schema)
            )
    small = tmp_path / "small"
    parquet.write_table(pa.table({"id": [1], "text": ["x"]}, schema), small)
    grown = _memory(path) - _memory(small)
    print(f"Reading 1,000,000 rows took {grown} MB more than one.")  # noqa: T201 (a figure)
    assert grown < 150


def _memory(path: Path) -> int:
    """Read a file in a process of its own; return the megabytes that it took."""
    told = subprocess.run(
        [sys.executable, "-c", READING, path], check=True, capture_output=True, text=True
    )
    return int(told.stdout) // 1024


def test_a_map_lands_a_parquet_file(warehouse: Console, tmp_path: Path) -> None:
    path, chart = tmp_path / "t.parquet", tmp_path / "map.toml"
    rows = {"No": [1, 2, None], "Who": ["ann", "bo", "cy"], "When": [NOON, None, NOON]}
    parquet.write_table(pa.table(rows), path)
    chart.write_text(
        'timezone = "Europe/Berlin"\nrequired = ["No"]\n[columns]\nNo = "id"\n'
        'Who = "actor_id"\nWhen = "occurred_at"\n'
        '[constants]\nplatform = "forum"\ntype = "like"\n'
    )
    said = warehouse("load", path, "-w", "parquet", "--map", chart)
    assert said.code == 4, said  # the row without a number
    assert "2 records landed" in said.out
    assert "same bytes" in warehouse("load", path, "-w", "parquet", "--map", chart).out
    assert '"Who"' in warehouse("map", path).out
