"""Erase a person: the accounts are suppressed first, then traces go, relation by relation.

Source: a person's accounts; raw.erased_values and the state folder's log, which hold hashes.
Shape:  `begin` commits requests with the hashes, after they are in the log; from then on no
        delivery about the accounts is stored. `finish` rewrites `raw`, rebuilds every stored
        relation from it, vacuums, and removes files that may quote rows. It needs no name, so
        any process can finish what another one began.
Units:  counts of rows by relation.
Errors: WarehouseError where a seed names an account, a load or another run lasts too long, or
        the rebuild fails. Until it is finished no run publishes anything.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from warehouse import database, runs, schedules, schemas, state
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.embedded import server
from warehouse.errors import BUSY, FAILED, USAGE, WarehouseError
from warehouse.privacy import columns, erased, person, requests, rewriting
from warehouse.privacy.columns import Relation
from warehouse.privacy.opting import LOAD_SECONDS, RUN_SECONDS

# stored models: whether they are kept from an earlier version, and the run they have consumed
_STORED = (
    "select prg.schema_name, prg.model_name, prg.kept_for is not null, prg.run_seq"
    " from raw.model_progress as prg inner join pg_class as rel"
    " on rel.oid = to_regclass(format('%%I.%%I', prg.schema_name, prg.model_name))"
    " where prg.schema_name = any(%s) and rel.relkind = 'r'"
)
CLEARS_STATISTICS = 180_000  # the first version of PostgreSQL with a function for it
FOLDERS = ("data_docs", "dbt/logs", "dbt/target")  # of the state folder; runs make them again


def begin(
    session: psycopg.Connection, people: Sequence[Sequence[Account]], reason: str | None
) -> None:
    """Commit that people are erased, so that nothing about them is stored any more.

    `people`: the accounts of each, which are of one workspace. All are erased, or none.
    """
    for account in chain.from_iterable(people):
        _check_seeds(session, account)
    for workspace in {accounts[0].workspace_id for accounts in people}:
        erased.read(session, workspace)  # refuses another key than that of before
    try:
        with session.transaction():
            session.execute(
                "select set_config('lock_timeout', %s, true)", (f"{LOAD_SECONDS}s",)
            )
            # loads that have entered end first; later ones wait, and find the hashes
            session.execute("lock table raw.loads in share row exclusive mode")
            erasures = erased.of_people(
                person.asking(session), people, erased.identity(session)
            )
            for accounts, erasure in zip(people, erasures, strict=True):
                begun = [requests.begin(session, "erase", each, reason) for each in accounts]
                _enter(session, erasure, begun)
            erased.append(erasures)
    except psycopg.errors.LockNotAvailable:
        raise WarehouseError(
            f"A load has lasted for more than {LOAD_SECONDS} seconds; nothing was erased. Do "
            "it again when the load has ended."
        ) from None


def names(session: psycopg.Connection, accounts: Sequence[Account]) -> list[str]:
    """Return the ids and user names of accounts, as files may have them."""
    known = person.known(person.asking(session), accounts)
    return [name for each in known.values() for name in (*each.actor_ids, *each.usernames)]


def begin_again(session: psycopg.Connection, erasures: Sequence[erased.Erasure]) -> None:
    """Enter erasures of the log in a database that does not know them."""
    erased.check_key(erasures)
    with session.transaction():
        session.execute("lock table raw.loads in share row exclusive mode")
        for erasure in erased.completed(erasures, person.asking(session)):
            begun = [
                requests.begin_again(session, erasure.workspace, bytes.fromhex(account))
                for account in erasure.accounts
            ]
            _enter(session, erasure, begun)


def would(session: psycopg.Connection, people: Sequence[Sequence[Account]]) -> dict[str, int]:
    """Return how many rows of which relation of `raw` an erasure would be about."""
    counts: dict[str, int] = {}
    erasures = erased.of_people(person.asking(session), people, erased.identity(session))
    for workspace, forgotten in erased.of_workspaces(erasures).items():
        found = rewriting.rewrite(session, workspace, forgotten, is_dry=True)
        for name, count in found.items():
            counts[name] = counts.get(name, 0) + count
    return counts


def _enter(
    session: psycopg.Connection, erasure: erased.Erasure, request_ids: Sequence[int]
) -> None:
    erased.store(session, erasure, request_ids[0])
    session.execute(
        "update raw.privacy_requests set row_counts = %s where request_id = any(%s)",
        (Jsonb({"key_check": erasure.key_check}), list(request_ids)),
    )


def _check_seeds(session: psycopg.Connection, account: Account) -> None:
    """Refuse an account that a seed names: every run would publish it again."""
    if session.execute("select to_regclass('seeds.own_accounts')").fetchone() == (None,):
        return
    row = session.execute(
        "select 1 from seeds.own_accounts where workspace_id = %s and platform = %s"
        " and platform_user_id = %s",
        (account.workspace_id, account.platform, account.actor_id),
    ).fetchone()
    if row is not None:
        raise WarehouseError(
            "seeds/own_accounts.csv names this account; remove its row, use `warehouse run`, "
            "then erase.",
            USAGE,
        )


def finish(target: Target, session: psycopg.Connection) -> dict[str, int]:
    """Finish every erasure that has begun; return how many rows were rewritten or went."""
    counts: dict[str, int] = {}
    options = " ".join(filter(None, [target.options, "-c warehouse.finishes_erasure=on"]))
    deadline = time.monotonic() + RUN_SECONDS
    while begun := erased.unfinished(session):
        try:
            with runs.run_lock(session):
                for workspace in sorted(set(begun.values())):
                    forgotten = erased.read(session, workspace)
                    assert forgotten is not None
                    for name, count in rewriting.rewrite(session, workspace, forgotten).items():
                        counts[name] = counts.get(name, 0) + count
                _empty_builds(session)
            outcome = runs.run(
                replace(target, options=options),
                session,
                rebuild=True,
                takes_loads=False,
                is_after_erasure=True,
            )
            break
        except WarehouseError as error:
            if error.exit_code != BUSY:
                raise
            if time.monotonic() > deadline:
                raise WarehouseError(f"{error.message} {erased.AGAIN}", BUSY) from None
            time.sleep(1)
    else:
        return counts
    said = "; ".join(f"{each.name}: {each.message}" for each in outcome.failures)
    if not outcome.is_successful and not _is_rebuilt(session, outcome.run_seq):
        raise WarehouseError(f"The rebuild failed ({said}). {erased.AGAIN}", FAILED)
    _vacuum(session)
    for folder in FOLDERS:
        shutil.rmtree(state.home() / folder, ignore_errors=True)
    logs = [state.home() / schedules.LOG]
    if target.embedded:
        logs += server.status().log.parent.glob("*.log")
    _empty(logs)
    _note(session, list(begun), counts)
    if not outcome.is_successful:
        raise WarehouseError(
            f"The account is erased. Checks of the rebuild failed ({said}); `warehouse run` "
            "says more.",
            FAILED,
        )
    return counts


def _is_rebuilt(session: psycopg.Connection, run_seq: int | None) -> bool:
    """Return whether a run replaced the rows of every stored model, whatever checks said."""
    stored = session.execute(_STORED, (database.published(session),))
    return all(is_kept or consumed == run_seq for *_, is_kept, consumed in stored)


def _empty_builds(session: psycopg.Connection) -> None:
    """Empty what a rebuild does not reach.

    That is builds of past days, which can be built again, and tables of earlier versions that
    are kept because something depends on them.
    """
    published = database.published(session)
    with session.transaction():
        for relation in columns.relations(session, with_builds=True):
            if relation.is_stored and relation.place not in (
                *published,
                schemas.named(session, "raw"),
            ):
                session.execute(
                    sql.SQL("truncate {}").format(sql.Identifier(relation.place, relation.name))
                )
        kept = [each[:2] for each in session.execute(_STORED, (published,)) if each[2]]
        for place, name in kept:
            session.execute(sql.SQL("truncate {}").format(sql.Identifier(place, name)))
        session.execute(
            "delete from raw.model_progress where schema_name <> all(%s)", (published,)
        )


def _vacuum(session: psycopg.Connection) -> None:
    """Take rows that were replaced out of the files, as far as PostgreSQL does at once.

    Out of its statistics, too.
    """
    for relation in columns.relations(session):
        if relation.is_stored:
            name = sql.Identifier(relation.place, relation.name)
            session.execute(sql.SQL("vacuum (analyze) {}").format(name))
            row = session.execute(sql.SQL("select 1 from {} limit 1").format(name)).fetchone()
            if row is None:  # PostgreSQL keeps the statistics of a table that became empty
                _clear_statistics(session, relation)
    # of which former rows quote values; a login that may not do it gets a warning
    session.execute("vacuum pg_catalog.pg_statistic")


def _clear_statistics(session: psycopg.Connection, relation: Relation) -> None:
    """Remove what PostgreSQL remembers of the values of a table, where this login may."""
    if session.info.server_version >= CLEARS_STATISTICS:
        session.execute(
            "select pg_clear_attribute_stats(schemaname, tablename, attname, inherited)"
            " from pg_stats where schemaname = %s and tablename = %s",
            (relation.place, relation.name),
        )
        return
    with suppress(psycopg.errors.InsufficientPrivilege):
        session.execute("delete from pg_statistic where starelid = %s", (relation.oid,))


def _empty(logs: Iterable[Path]) -> None:
    """Empty logs, of which no line says whom it is about; programs append to what is left."""
    for log in logs:
        with suppress(FileNotFoundError):
            os.truncate(log, 0)


def _note(
    session: psycopg.Connection, request_ids: list[int], counts: Mapping[str, int]
) -> None:
    """Note that requests are finished; others may have begun since."""
    session.execute(
        "update raw.privacy_requests set finished_at = clock_timestamp(),"
        " row_counts = row_counts || %s"
        " where request_id = any(%s)",
        (Jsonb(dict(counts)), request_ids),
    )
