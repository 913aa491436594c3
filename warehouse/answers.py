"""The answer of the tracking API to a delivery, for programs that read it.

Source: what became of each document; the rejects of its load.
Shape:  a line of JSON per document: {"success", "tracked", "errors"}; each error has the
        `index` of the record in its document, a sentence and a reason code. Where a document
        could not be read at all, `index` and `reason` are null.
Units:  `index` counts from 0; `tracked` are records that landed. The same bytes again get the
        answer that they got at first.
Errors: those of the sink.
"""

from __future__ import annotations

import msgspec
import psycopg
from psycopg import sql

from loaders.landing import Sink, as_sink
from warehouse import console
from warehouse.loading import Result


class Error(msgspec.Struct, frozen=True):
    """One record that could not be landed, and why."""

    index: int | None
    error: str
    reason: str | None


class Answer(msgspec.Struct, frozen=True):
    """What became of one document."""

    success: bool
    tracked: int
    errors: list[Error]


_REJECTS = sql.SQL(
    "select line_no, detail, reason from raw.rejects"
    " where load_id = %(load_id)s order by line_no"
)


def answer(place: psycopg.Connection | Sink, result: Result) -> Answer:
    """One document's answer: one bad record does not fail the others."""
    if result.load is None:
        problem = result.problem or f"{result.name} holds no data"
        return Answer(success=False, tracked=0, errors=[Error(None, problem, None)])
    load_id = result.load.load_id
    rows = as_sink(place).select(_REJECTS, {"load_id": load_id}, [load_id])
    errors = [
        Error(line_no - 1, console.what_is_wrong(detail), reason)
        for line_no, detail, reason in rows
    ]
    return Answer(success=not errors, tracked=result.load.n_landed, errors=errors)


def say(place: psycopg.Connection | Sink, result: Result) -> None:
    """Write a document's answer to standard output, on a line of its own."""
    line = msgspec.json.encode(answer(place, result)).decode()
    stream = console.out.file  # a progress bar would take what is printed
    stream.write(line + "\n")
    stream.flush()
