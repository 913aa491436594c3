"""Rejected records: look at them, try them again.

Source: raw.rejects, where `replay_load_id` is null (open).
Shape:  counts, rows, and loads of what a second try made of them.
Errors: WarehouseError for a format that is no more; what fails again stays open.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import IO, Any

import msgspec
import psycopg

from loaders.exchange import mapped, singer
from loaders.exchange.mapping import Map
from loaders.landing import Load, Source, land
from loaders.landing.identity import MAP, NAMED
from loaders.parsing.formats import Csv, Format
from loaders.reading.documents import Document
from loaders.registry import modules
from warehouse import suppressed
from warehouse.errors import WarehouseError
from warehouse.loading import Declared

OPEN = (
    " from raw.rejects as rej inner join raw.loads as lds using (load_id)"
    " where rej.replay_load_id is null"
    " and (%(reason)s::text is null or rej.reason = %(reason)s)"
)

# the wanted rejects of a load, and those that share a document with one of them
TO_REPLAY = """
with rejects as (
    select
        line_no,
        document_offset,
        raw,
        coalesce(document, raw) as content,
        document is not null or not is_cut as is_whole,
        %(reason)s::text is null or reason = %(reason)s as is_wanted
    from raw.rejects
    where load_id = %(load_id)s and replay_load_id is null
)

select line_no, document_offset, raw, content, is_whole
from rejects
where is_wanted or (is_whole and content in (select content from rejects where is_wanted))
order by line_no"""


class Reject(msgspec.Struct, frozen=True):
    """One open reject, as people see it."""

    load_id: int
    source_name: str
    line_no: int
    reason: str
    detail: str
    raw: bytes


class Replay(msgspec.Struct, frozen=True):
    """What came of trying open rejects of one load again; without a load nothing changed.

    `cut`: rejects of which too little was kept to try them; they stay open.
    """

    load_id: int
    source_name: str
    tried: int
    landed: int
    cut: int
    load: Load | None = None


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
        " substring(rej.raw for 200)"
        + OPEN
        + " order by rej.load_id desc, rej.line_no limit %(most)s",
        {"reason": reason, "most": most},
    )
    return [Reject(*row) for row in rows]


def replay(
    session: psycopg.Connection, reason: str | None, declared: Declared | None
) -> Iterator[Replay]:
    """Try open rejects again, load by load; each replay is a load like any other.

    `declared`, where given, says what was missing then: a time zone, an account, an order.
    """
    rows = session.execute(
        "select distinct rej.load_id" + OPEN + " order by 1", {"reason": reason}
    ).fetchall()
    for (load_id,) in rows:
        yield _replay(session, load_id, reason, declared)


def _replay(
    session: psycopg.Connection, load_id: int, reason: str | None, declared: Declared | None
) -> Replay:
    row = session.execute(
        "select workspace_id, platform, format, source_name, account, timezone, options"
        " from raw.loads where load_id = %s",
        (load_id,),
    ).fetchone()
    assert row is not None
    workspace, platform, format_name, source_name, account, timezone, options = row
    said = Declared(
        workspace=workspace,
        platform=platform,
        account=(declared and declared.account) or account,
        timezone=(declared and declared.timezone) or timezone,
    )
    options = options or {}
    named, date_order = options.pop(NAMED, None), options.pop("date_order", None)
    date_order = (declared and declared.date_order) or date_order
    if declared is not None and declared.account is not None:
        named = None  # an account may be what names the channel
    source = Source(
        workspace=workspace,
        platform=platform,
        account=said.account,
        timezone=said.timezone,
        options=options,
    )
    fmt = _format(platform, format_name, options.get(MAP))
    load, failed = None, 0
    with session.transaction() as trial, tempfile.TemporaryFile() as spool:
        tried, cut = _collect(session, load_id, reason, fmt, spool)
        if tried:
            # its name may be what tells where the records are from
            with Document.spool(spool, source_name, is_plain=True) as document:
                context = msgspec.structs.replace(
                    said.context(), is_replay=True, named=named, date_order=date_order
                )
                load = land(
                    session,
                    document,
                    fmt,
                    source,
                    context,
                    replay_of=load_id,
                    suppression=partial(suppressed.accounts, session),
                )
            again = _rejected(session, load.load_id)
            failed = sum(mark in again for mark in tried.values())
        if load is None or not load.is_new or failed == len(tried):
            raise psycopg.Rollback(trial)
        session.execute(
            "update raw.rejects set replay_load_id = %s"
            " where load_id = %s and line_no = any(%s)",
            (load.load_id, load_id, list(tried)),
        )
        return Replay(load_id, source_name, len(tried), len(tried) - failed, cut, load)
    return Replay(load_id, source_name, len(tried), 0, cut)


def _collect(
    session: psycopg.Connection, load_id: int, reason: str | None, fmt: Format, spool: IO[bytes]
) -> tuple[dict[int, bytes], int]:
    """Write the records to try again, each in the smallest document that holds it.

    Their line numbers, each with a mark that tells the record in what is rejected again, and
    of how many too little was kept.
    """
    tried: dict[int, bytes] = {}
    written: set[int] = set()
    cut = 0
    with session.cursor("rejects_to_replay") as cursor:
        for line_no, offset, raw, content, is_whole in cursor.execute(
            TO_REPLAY, {"load_id": load_id, "reason": reason}
        ):
            if not is_whole:
                cut += 1
                continue
            tried[line_no] = _mark(raw)
            if offset in written:
                continue  # the same document holds several of them
            written.update(() if offset is None else (offset,))
            if not isinstance(fmt.container, Csv):
                content = content.replace(b"\n", b" ")  # noqa: PLW2901 (one line a document)
            spool.write(content.rstrip(b"\r\n") + b"\n")
    spool.seek(0)
    return tried, cut


def _rejected(session: psycopg.Connection, load_id: int) -> set[bytes]:
    with session.cursor("rejects_again") as cursor:
        cursor.execute("select raw from raw.rejects where load_id = %s", (load_id,))
        return {_mark(raw) for (raw,) in cursor}


def _mark(content: bytes) -> bytes:
    """A digest of bytes, whatever their line ends."""
    return hashlib.blake2b(content.replace(b"\n", b" ").strip(), digest_size=16).digest()


def _format(platform: str, name: str, map_of_columns: Any = None) -> Format:
    told = None if map_of_columns is None else msgspec.convert(map_of_columns, Map)
    if (of_stream := singer.format_of(name, told)) is not None:
        return of_stream
    if told is not None:
        return mapped.format_by(name, told)
    module = modules().get(platform)
    for fmt in module.FORMATS if module is not None else ():
        if fmt.name == name:
            return fmt
    raise WarehouseError(
        f"Rejects of {platform} have the format {name}, which this version does not know; "
        "replay them with the version that loaded them, or others with --reason."
    )
