"""Retention: single interactions go after some time, what was counted of them stays.

Source: seed `retention` as the last run wrote it, the ledger and `raw`.
Shape:  one `Purged` per platform with a retention; a dry run does the same and takes it back.
Units:  days of 24 hours; counts of rows.
Errors: WarehouseError where a run has to come first, another one is active, or a retention
        is so short that scores would change.

All of it is one transaction under the run lock: killed anywhere, nothing has happened. The
ledger's entries of an interaction are exchanged for those of its group (`archived_entries`),
which add up to the same, in a run that every model has consumed. A group knows its day and no
hour, so the totals of hours lose what goes. No other stored row moves, and a rebuild adds up
the same again.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from warehouse import database, schemas, state
from warehouse.errors import FAILED, USAGE, WarehouseError
from warehouse.runs import run_lock

SQL = Path(__file__).parent / "sql"
LEDGER = "interaction_ledger"
SWEPT = (
    "raw.interactions",
    "raw.rejects",
    "raw.identity_evidence",
    "core.interaction_ledger",
)


@dataclass(frozen=True)
class Purged:
    """What went of one platform, and what stays of it.

    `oldest`, `newest`: of the interactions; null where there were none. `delivered_count`
    includes deliveries, since, of what earlier purges had taken away. `kept_count`: as old,
    but issues are made of them one by one.
    """

    platform: str
    retention_days: int
    interaction_count: int
    delivered_count: int
    rejected_count: int
    evidence_count: int
    entry_count: int
    archived_count: int
    kept_count: int
    oldest: datetime | None
    newest: datetime | None

    @property
    def is_anything_gone(self) -> bool:
        """Whether rows were deleted."""
        return bool(self.delivered_count or self.rejected_count or self.evidence_count)


@dataclass(frozen=True)
class _Run:
    """The last run that published: every model has consumed it, and holds that instant."""

    run_seq: int
    as_of: datetime


def purge(
    session: psycopg.Connection, *, as_of: str | None = None, is_dry: bool = False
) -> tuple[list[Purged], datetime]:
    """Take away what is older than its platform's retention; also says at which instant.

    That is `as_of` or now, but not later than what the published marts show: what they look
    back on stays.
    """
    with run_lock(session):
        with session.transaction() as transaction:
            run = _last_run(session)
            _check_rules(session)
            # the clock itself: taking away is an act of today, not a number of the marts
            now = _scalar(
                session, "select least(coalesce(%s, now()), %s::timestamptz)", as_of, run.as_of
            )
            purged = _purge(session, run, now)
            if is_dry:
                raise psycopg.Rollback(transaction)
        if not is_dry and any(item.is_anything_gone for item in purged):
            for table in SWEPT:  # what is deleted is to be gone from the files soon
                name = sql.Identifier(*table.split("."))
                session.execute(sql.SQL("vacuum (analyze) {}").format(name))
    return purged, now


def is_rule_changed(session: psycopg.Connection) -> bool:
    """Whether the seed on disk says otherwise than what the last run wrote of it."""
    seed = state.project_root() / "seeds" / "retention.csv"
    with seed.open(encoding="utf-8-sig", newline="") as stream:
        told = {(row["platform"], int(row["retention_days"])) for row in csv.DictReader(stream)}
    written = session.execute("select platform, retention_days from seeds.retention").fetchall()
    return told != set(written)


def _purge(session: psycopg.Connection, run: _Run, now: datetime) -> list[Purged]:
    session.execute(
        "create temporary table purging on commit drop as"
        " table core.retained_interactions with no data"
    )
    _execute(session, "purge_choose", as_of=now, held_at=run.as_of)
    session.execute("create unique index on purging (interaction_id)")
    session.execute("analyze purging")
    session.execute(
        "insert into raw.purged_interactions select interaction_id from purging order by 1"
    )
    archived_before = _scalar(
        session, "select coalesce(max(archive_id), 0) from raw.archived_interactions"
    )
    archived = _counted(session, "purge_archive", run_seq=run.run_seq)
    _execute(session, "purge_views")
    _execute(session, "purge_hours")
    entries = _counted(session, "purge_ledger")
    _execute(session, "purge_post", archived_before=archived_before)
    _purge_beside(session)
    rules = session.execute(
        "select platform, retention_days from core.retention_rules order by platform"
    ).fetchall()
    _execute(session, "purge_labels")
    _execute(session, "purge_conflicts")
    delivered = _counted(session, "purge_raw", platforms=[platform for platform, _ in rules])
    rejected = _counted(session, "purge_rejects", as_of=now)
    evidence = _counted(session, "purge_evidence", as_of=now)
    kept = _counted(session, "purge_kept", as_of=now)
    chosen = {
        row[0]: row[1:]
        for row in session.execute(
            "select platform, count(*), min(aged_from), max(aged_from) from purging group by 1"
        )
    }
    purged = []
    for platform, retention_days in rules:
        interaction_count, oldest, newest = chosen.get(platform, (0, None, None))
        purged.append(
            Purged(
                platform=platform,
                retention_days=retention_days,
                interaction_count=interaction_count,
                delivered_count=delivered.get(platform, 0),
                rejected_count=rejected.get(platform, 0),
                evidence_count=evidence.get(platform, 0),
                entry_count=entries.get(platform, 0),
                archived_count=archived.get(platform, 0),
                kept_count=kept.get(platform, 0),
                oldest=oldest,
                newest=newest,
            )
        )
    return purged


def _last_run(session: psycopg.Connection) -> _Run:
    """The last run that published, if every stored model has consumed all of it."""
    row = session.execute(
        "select run_seq, as_of, is_successful and to_regclass('core.retained_interactions')"
        " is not null from raw.runs where schema_prefix = '' order by run_seq desc limit 1"
    ).fetchone()
    if row is None:
        raise WarehouseError("There was no run yet; use `warehouse run`, then purge.", FAILED)
    if not row[2]:
        raise WarehouseError(
            "The last run did not finish; use `warehouse run`, then purge.", FAILED
        )
    run_seq, as_of, _ = row
    behind = session.execute(
        "select prg.model_name from raw.model_progress as prg inner join pg_class as rel"
        " on rel.oid = to_regclass(quote_ident(prg.schema_name) || '.'"
        " || quote_ident(prg.model_name)) where prg.schema_name = any(%s)"
        " and rel.relkind = 'r' and (prg.run_seq, prg.as_of) is distinct from (%s, %s) limit 1",
        (database.published(session), run_seq, as_of),
    ).fetchone()
    if behind is not None:
        raise WarehouseError(
            f"{behind[0]} has not used the last run; use `warehouse run`, then purge.",
            FAILED,
        )
    return _Run(run_seq, as_of)


def _check_rules(session: psycopg.Connection) -> None:
    """Refuse a retention within which scores still look back, or of what marts are made of."""
    needed = session.execute(
        "select platform from core.retention_rules where is_needed_singly order by 1 limit 1"
    ).fetchone()
    if needed is not None:
        raise WarehouseError(
            f"Days and issues of {needed[0]} need its single interactions; a purge would "
            f"change them. Remove {needed[0]} from seeds/retention.csv and run again.",
            USAGE,
        )
    short = session.execute(
        "select platform, retention_days, longest_window_days from core.retention_rules"
        " where retention_days < longest_window_days order by platform limit 1"
    ).fetchone()
    if short is not None:
        platform, days, longest = short
        raise WarehouseError(
            f"{platform} keeps {days} days, but scores look back {longest}; a purge would "
            f"change them. Write {longest} or more in seeds/retention.csv and run again.",
            USAGE,
        )


def _purge_beside(session: psycopg.Connection) -> None:
    """Take the same interactions out of builds of the past; their next build is whole."""
    builds = session.execute(
        "select schema_name from raw.model_progress where model_name = %s"
        " and schema_name <> %s and"
        " to_regclass(quote_ident(schema_name) || '.' || quote_ident(model_name)) is not null",
        (LEDGER, schemas.named(session, "core")),
    ).fetchall()
    for (schema,) in builds:
        session.execute(
            sql.SQL(
                "delete from {} as ldg using purging as prg"
                " where ldg.interaction_id = prg.interaction_id"
            ).format(sql.Identifier(schema, LEDGER))
        )
        prefix = schema.removesuffix("core")
        session.execute(
            "delete from raw.model_progress where schema_name = any(%s)",
            ([prefix + name for name in database.PUBLISHED],),
        )


def _execute(session: psycopg.Connection, name: str, **values: object) -> psycopg.Cursor[Any]:
    statement = (SQL / f"{name}.sql").read_bytes()
    return session.execute(statement, values)


def _counted(session: psycopg.Connection, name: str, **values: object) -> Mapping[str, int]:
    """Platform -> how many rows a statement has written or taken away."""
    return dict(_execute(session, name, **values).fetchall())


def _scalar(session: psycopg.Connection, statement: str, *values: object) -> Any:
    row = session.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row[0]
