"""The only writer of `raw`: one document in, one load committed, or nothing.

Source: a recognised document and the outcomes of its format.
Shape:  one row in raw.loads, typed rows in the tables of the records, rejects beside them,
        all in one transaction.
Units:  counts are native records: n_in = n_landed + n_rejected.
Errors: a data error rejects one record. An error of the database or of the file leaves no
        trace, and landing the document again is right.
"""

from __future__ import annotations

import hashlib
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from loaders.documents import Document
from loaders.formats import Context, Format, outcomes
from loaders.records import (
    Content,
    Counter,
    Interaction,
    Landed,
    Outcome,
    Post,
    Profile,
    Reason,
    Record,
    Rejected,
)

FLUSH_ROWS = 5_000
FLUSH_BYTES = 8 * 1024 * 1024

Row = tuple[Any, ...]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records a document holds, as declared by the person who lands it."""

    workspace: str
    platform: str
    account: str | None = None
    timezone: str | None = None


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What came of landing one document.

    `is_new` is false where the same bytes had been landed before: the counts are then those
    of that earlier load.
    """

    load_id: int
    is_new: bool
    received_at: datetime
    n_in: int
    n_landed: int
    n_rejected: int
    reasons: dict[Reason, int]


class Table(msgspec.Struct, frozen=True):
    """How records of one class become rows: column names, their types, and the values."""

    name: str
    columns: tuple[tuple[str, str], ...]
    values: Callable[[int, int, str, Any], Row]


_JSONB = b"\x01"  # version byte of the binary form
_KEYS = (("load_id", "int8"), ("line_no", "int8"), ("workspace_id", "text"))


def _json(value: Any) -> bytes | None:
    return None if value is None else _JSONB + msgspec.json.encode(value)


def _interaction(load_id: int, line_no: int, workspace: str, rec: Interaction) -> Row:
    return (
        load_id, line_no, workspace, rec.platform, rec.native_id, rec.native_type,
        rec.native_kind, rec.actor_id, rec.actor_kind, rec.post_id, rec.thread_id,
        rec.parent_id, rec.text, rec.sentiment, rec.occurred_at, rec.time_precision,
        rec.version_at, rec.is_retracted, rec.key_quality, _json(rec.metadata),
        None if rec.payload is None else _JSONB + rec.payload,
    )  # fmt: skip


def _profile(load_id: int, line_no: int, workspace: str, rec: Profile) -> Row:
    return (
        load_id, line_no, workspace, rec.platform, rec.actor_id, rec.actor_kind, rec.username,
        rec.display_name, rec.profile_url, rec.follower_count, rec.is_verified, rec.observed_at,
    )  # fmt: skip


def _post(load_id: int, line_no: int, workspace: str, rec: Post) -> Row:
    return (
        load_id, line_no, workspace, rec.platform, rec.post_id, rec.native_type, rec.title,
        rec.url, rec.posted_at, rec.author_id, rec.community_id, rec.community_name,
    )  # fmt: skip


def _counter(load_id: int, line_no: int, workspace: str, rec: Counter) -> Row:
    return (
        load_id, line_no, workspace, rec.platform, rec.post_id, rec.native_metric, rec.value,
        rec.observed_at,
    )  # fmt: skip


def _content(load_id: int, line_no: int, workspace: str, rec: Content) -> Row:
    return (
        load_id, line_no, workspace, rec.content_id, rec.title, rec.slug, _json(rec.posts),
        _json(rec.tags),
    )  # fmt: skip


def _reject(load_id: int, line_no: int, workspace: str, rej: Rejected) -> Row:
    return (
        load_id, line_no, rej.byte_offset, rej.byte_count, rej.is_cut, rej.raw, rej.document,
        rej.document_offset, str(rej.reason), rej.detail,
    )  # fmt: skip


def _columns(texts: str, **types: str) -> tuple[tuple[str, str], ...]:
    return (*_KEYS, *((name, types.get(name, "text")) for name in texts.split()))


# jsonb goes over as bytes: its binary form is the text after a version byte
TABLES: dict[type[Record], Table] = {
    Interaction: Table(
        "interactions",
        _columns(
            "platform native_id native_type native_kind actor_id actor_kind post_id thread_id "
            "parent_id text sentiment occurred_at time_precision version_at is_retracted "
            "key_quality metadata payload",
            occurred_at="timestamptz",
            version_at="timestamptz",
            is_retracted="bool",
            metadata="bytea",
            payload="bytea",
        ),
        _interaction,
    ),
    Profile: Table(
        "profiles",
        _columns(
            "platform actor_id actor_kind username display_name profile_url follower_count "
            "is_verified observed_at",
            follower_count="int8",
            is_verified="bool",
            observed_at="timestamptz",
        ),
        _profile,
    ),
    Post: Table(
        "posts",
        _columns(
            "platform post_id native_type title url posted_at author_id community_id "
            "community_name",
            posted_at="timestamptz",
        ),
        _post,
    ),
    Counter: Table(
        "counters",
        _columns(
            "platform post_id native_metric value observed_at",
            value="int8",
            observed_at="timestamptz",
        ),
        _counter,
    ),
    Content: Table(
        "content",
        _columns("content_id title slug posts tags", posts="bytea", tags="bytea"),
        _content,
    ),
}

_REJECTS = Table(
    "rejects",
    (
        ("load_id", "int8"),
        ("line_no", "int8"),
        ("byte_offset", "int8"),
        ("byte_count", "int8"),
        ("is_cut", "bool"),
        ("raw", "bytea"),
        ("document", "bytea"),
        ("document_offset", "int8"),
        ("reason", "text"),
        ("detail", "text"),
    ),
    _reject,
)


def land(
    connection: psycopg.Connection,
    document: Document,
    fmt: Format,
    source: Source,
    context: Context,
    *,
    replay_of: int | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Load:
    """Land a document once.

    `on_progress` is called now and then with the number of records so far. Within a
    transaction of the caller it is his to commit or to take back.
    """
    with connection.transaction():
        claimed = _claim(connection, document, fmt, source, replay_of)
        if claimed is None:
            return _earlier(connection, _checksum(document, replay_of), source)
        load_id, received_at = claimed
        writer = _Writer(connection, load_id, source.workspace)
        tally: Tally[Reason] = Tally()
        n_in = 0
        for outcome in outcomes(document, fmt, context):
            n_in += 1
            writer.add(outcome)
            if type(outcome) is Rejected:
                tally[outcome.reason] += 1
            if on_progress is not None and n_in % FLUSH_ROWS == 0:
                on_progress(n_in)
        writer.flush()
        n_rejected = tally.total()
        connection.execute(
            "update raw.loads set n_in = %s, n_landed = %s, n_rejected = %s, "
            "committed_at = clock_timestamp() where load_id = %s",
            (n_in, n_in - n_rejected, n_rejected, load_id),
        )
    return Load(
        load_id=load_id,
        is_new=True,
        received_at=received_at,
        n_in=n_in,
        n_landed=n_in - n_rejected,
        n_rejected=n_rejected,
        reasons=dict(tally),
    )


def _claim(
    connection: psycopg.Connection,
    document: Document,
    fmt: Format,
    source: Source,
    replay_of: int | None,
) -> tuple[int, datetime] | None:
    """Enter the load: its id and time; None where its bytes have landed before.

    Where another process is landing the same bytes now, this waits for what comes of it.
    """
    row: tuple[int, datetime] | None = connection.execute(
        "insert into raw.loads (workspace_id, platform, format, source_name, account, timezone,"
        " content_sha256, replay_of) values (%s, %s, %s, %s, %s, %s, %s, %s)"
        " on conflict on constraint loads_land_once do nothing returning load_id, received_at",
        (
            source.workspace,
            source.platform,
            fmt.name,
            document.name,
            source.account,
            source.timezone,
            _checksum(document, replay_of),
            replay_of,
        ),
    ).fetchone()
    return row


def _checksum(document: Document, replay_of: int | None) -> bytes:
    """What tells contents apart; a replay is told apart from the load that it repeats."""
    if replay_of is None:
        return document.sha256
    return hashlib.sha256(b"%d:" % replay_of + document.sha256).digest()


def _earlier(connection: psycopg.Connection, checksum: bytes, source: Source) -> Load:
    row = connection.execute(
        "select load_id, received_at, n_in, n_landed, n_rejected from raw.loads"
        " where workspace_id = %s and platform = %s and content_sha256 = %s",
        (source.workspace, source.platform, checksum),
    ).fetchone()
    assert row is not None
    load_id, received_at, n_in, n_landed, n_rejected = row
    return Load(
        load_id=load_id,
        is_new=False,
        received_at=received_at,
        n_in=n_in,
        n_landed=n_landed,
        n_rejected=n_rejected,
        reasons={},
    )


class _Writer:
    """Rows by table, written by binary COPY whenever enough of them are waiting."""

    def __init__(self, connection: psycopg.Connection, load_id: int, workspace: str) -> None:
        self._connection = connection
        self._load_id = load_id
        self._workspace = workspace
        self._waiting: dict[str, list[Row]] = {}
        self._rows = 0
        self._bytes = 0

    def add(self, outcome: Outcome) -> None:
        """Take what one native record came to."""
        if type(outcome) is Landed:
            for record in outcome.records:
                self._put(TABLES[type(record)], outcome.line_no, record)
        elif type(outcome) is Rejected:
            self._put(_REJECTS, outcome.line_no, outcome)
        if self._rows >= FLUSH_ROWS or self._bytes >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write everything that waits."""
        for table in _all_tables():
            if rows := self._waiting.pop(table.name, None):
                self._copy(table, rows)
        self._rows = self._bytes = 0

    def _put(self, table: Table, line_no: int, record: Any) -> None:
        row = table.values(self._load_id, line_no, self._workspace, record)
        self._waiting.setdefault(table.name, []).append(row)
        self._rows += 1
        for value in row:
            if type(value) is str or type(value) is bytes:
                self._bytes += len(value)

    def _copy(self, table: Table, rows: list[Row]) -> None:
        names = sql.SQL(", ").join(sql.Identifier(name) for name, _ in table.columns)
        statement = sql.SQL("copy raw.{} ({}) from stdin (format binary)").format(
            sql.Identifier(table.name), names
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([type_ for _, type_ in table.columns])
            for row in rows:
                copy.write_row(row)


def _all_tables() -> Iterator[Table]:
    yield from TABLES.values()
    yield _REJECTS
