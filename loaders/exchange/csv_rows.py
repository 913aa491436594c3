"""The exchange format as CSV: columns are called as its fields; a part of `platforms.generic`.

Source: a CSV file with a header line.
Shape:  one row in -> one record. A column `record` says which, else the columns show it.
Units:  as the exchange format.
Errors: RecordError naming the column; a row of no known `record` is unsupported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import cast

from loaders.exchange.mapped import TIMES, Reader
from loaders.exchange.mapping import FIELDS, LINES, Kind, Map, is_field
from loaders.parsing.formats import Context, Csv, Format
from loaders.parsing.times import Order, date_order
from loaders.reading.csv_stream import column_names
from loaders.records import Reason, Record, RecordError

_SHAPES: tuple[tuple[Kind, set[str]], ...] = (  # which columns show of which kind rows are
    ("interaction", {"id", "type", "actor_id"}),
    ("counter", {"post_id", "metric", "value"}),
    ("content", {"content_id"}),
    ("profile", {"actor_id"}),
    ("post", {"post_id"}),
)


def _kind(columns: Iterable[str]) -> Kind | None:
    """Which record a row is, where no column `record` says it."""
    named = set(columns)
    if "platform" not in named and "content_id" not in named:
        return None
    return next((kind for kind, needed in _SHAPES if needed <= named), None)


@lru_cache(maxsize=64)
def _reader(columns: tuple[str, ...], kind: Kind) -> Reader:
    known = [column for column in columns if is_field(column, kind)]
    others = {name for fields in FIELDS.values() for name in fields} | {"record"}
    ignored = [column for column in columns if column not in known and column in others]
    return Reader(Map(record=kind, columns={name: name for name in known}, ignored=ignored))


def _parse(row: Mapping[str, str], context: Context) -> Iterable[Record]:
    """Turn one row whose columns are fields into its record."""
    kind = row.get("record", "").strip().lower() or _kind(row)
    if kind not in LINES:
        raise RecordError(Reason.UNSUPPORTED_RECORD, f"record is none of {', '.join(LINES)}")
    return _reader(tuple(row), cast(Kind, kind)).parse(row, context)


def _survey(rows: Iterator[dict[str, str]], context: Context) -> Order | None:
    return context.date_order or date_order(
        row[name] for row in rows for name in TIMES if name in row
    )


def _recognises(head: bytes) -> bool:
    columns = column_names(head)
    if "record" in columns and "platform" in columns:
        return True
    kind = _kind(columns)
    if kind not in ("profile", "post", "content"):
        return kind is not None
    fields = set(columns) & FIELDS[kind]  # ids alone are in many files
    return len(fields) * 2 > len(columns) and len(fields) > 2


FORMATS = (
    Format(
        name="exchange_csv",
        expects="the exchange format as CSV (columns called as its fields)",
        container=Csv(),
        recognises=_recognises,
        parse=_parse,
        survey=_survey,
    ),
)
