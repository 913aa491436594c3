"""Rejected records: look at them, try them again.

Source: raw.rejects, where `replay_load_id` is null (open).
Shape:  counts, rows, and loads of what a second try made of them.
Errors: none of its own; what fails again stays open.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import psycopg

from loaders.documents import Document
from loaders.formats import Format
from loaders.landing import Load, Source, land
from loaders.recognition import modules
from warehouse.loading import Declared

OPEN = (
    " from raw.rejects as rej inner join raw.loads as lds using (load_id)"
    " where rej.replay_load_id is null"
    " and (%(reason)s::text is null or rej.reason = %(reason)s)"
)


class Reject(msgspec.Struct, frozen=True):
    """One open reject, as people see it."""

    load_id: int
    source_name: str
    line_no: int
    reason: str
    detail: str
    raw: bytes
    received_at: datetime


class Replay(msgspec.Struct, frozen=True):
    """What came of trying the open rejects of one load again; no load: all failed again."""

    load_id: int
    source_name: str
    tried: int
    load: Load | None


def counts(session: psycopg.Connection, reason: str | None = None) -> list[tuple[Any, ...]]:
    """Open rejects by platform and reason, with the latest time."""
    return session.execute(
        "select lds.workspace_id, lds.platform, rej.reason, count(*), max(lds.received_at)"
        + OPEN
        + " group by 1, 2, 3 order by 4 desc, 1, 2, 3",
        {"reason": reason},
    ).fetchall()


def listing(session: psycopg.Connection, reason: str | None, most: int) -> list[Reject]:
    """The newest open rejects."""
    rows = session.execute(
        "select rej.load_id, lds.source_name, rej.line_no, rej.reason, rej.detail,"
        " substring(rej.raw for 200), lds.received_at"
        + OPEN
        + " order by rej.load_id desc, rej.line_no limit %(most)s",
        {"reason": reason, "most": most},
    )
    return [Reject(*row) for row in rows]


def replay(
    session: psycopg.Connection, reason: str | None, declared: Declared | None
) -> Iterator[Replay]:
    """Try open rejects again, load by load; each replay is a load like any other.

    `declared`, where given, says what was missing then: a time zone, an account.
    """
    found: dict[int, list[int]] = defaultdict(list)
    for load_id, line_no in session.execute(
        "select rej.load_id, rej.line_no" + OPEN + " order by 1, 2", {"reason": reason}
    ):
        found[load_id].append(line_no)
    for load_id, line_nos in found.items():
        yield _replay(session, load_id, line_nos, declared)


def _replay(
    session: psycopg.Connection, load_id: int, line_nos: list[int], declared: Declared | None
) -> Replay:
    row = session.execute(
        "select workspace_id, platform, format, source_name, account, timezone"
        " from raw.loads where load_id = %s",
        (load_id,),
    ).fetchone()
    assert row is not None
    workspace, platform, format_name, source_name, account, timezone = row
    said = Declared(
        workspace=workspace,
        platform=platform,
        account=(declared and declared.account) or account,
        timezone=(declared and declared.timezone) or timezone,
    )
    fmt = _format(platform, format_name)
    with (
        session.transaction() as trial,
        _document(session, load_id, line_nos, source_name) as document,
    ):
        load = None
        if fmt is not None:
            load = land(
                session,
                document,
                fmt,
                Source(
                    workspace=workspace,
                    platform=platform,
                    account=said.account,
                    timezone=said.timezone,
                ),
                said.context(),
                replay_of=load_id,
            )
        if load is None or not load.is_new or load.n_landed == 0:
            raise psycopg.Rollback(trial)
        session.execute(
            "update raw.rejects set replay_load_id = %s"
            " where load_id = %s and line_no = any(%s)",
            (load.load_id, load_id, line_nos),
        )
        return Replay(load_id, source_name, len(line_nos), load)
    return Replay(load_id, source_name, len(line_nos), None)


def _document(
    session: psycopg.Connection, load_id: int, line_nos: list[int], name: str
) -> Document:
    """The records to try again, each in the smallest document that holds it.

    It keeps its name, which may be what tells where the records are from.
    """
    spool = io.BytesIO()
    written: set[int] = set()
    for content, offset in session.execute(
        "select coalesce(document, raw), document_offset from raw.rejects"
        " where load_id = %s and line_no = any(%s)"
        " and (document is not null or not is_cut)"
        " order by line_no",
        (load_id, line_nos),
    ):
        if offset in written:
            continue  # the same document holds several of them
        written.update(() if offset is None else (offset,))
        spool.write(content.rstrip(b"\n") + b"\n")
    spool.seek(0)
    return Document.spool(spool, name)


def _format(platform: str, name: str) -> Format | None:
    module = modules().get(platform)
    formats = module.FORMATS if module is not None else ()
    return next((fmt for fmt in formats if fmt.name == name), None)
