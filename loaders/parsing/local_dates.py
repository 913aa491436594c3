"""Dates in CSV files that spreadsheets or people's settings have rewritten.

Source: columns with dates whose order of day and month one unambiguous row may settle.
Shape:  `settled_by` makes a format's `survey`; `moment` reads one date with what it found.
Units:  aware UTC datetimes, each with how exact it is.
Errors: RecordError naming the column.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo

from loaders.parsing.formats import Context
from loaders.parsing.times import Order, date_order, local_moment
from loaders.records import Reason, RecordError, TimePrecision


def settled_by(*columns: str) -> Callable[[Iterator[dict[str, str]], Context], Order | None]:
    """Return a survey of a file: the order of day and month, as declared or as a row shows."""

    def survey(rows: Iterator[dict[str, str]], context: Context) -> Order | None:
        return context.date_order or date_order(
            row[column] for row in rows for column in columns if column in row
        )

    return survey


def moment(
    text: str, key: str, context: Context, default: tzinfo | None = None
) -> tuple[datetime, TimePrecision]:
    """Read a date that must be there; `default` is the zone of a file that declares none."""
    if not text.strip():
        raise RecordError(Reason.MISSING_FIELD, f"{key} is empty")
    zone = context.timezone or default
    return local_moment(text, key, zone, context.date_order or context.gathered)
