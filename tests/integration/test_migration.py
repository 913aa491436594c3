"""Warehouses made by older versions of the project: upgraded in place, analysts' views kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import older_project
import psycopg
import pytest
from landed_history import Landed, land_load
from mart_reader import read_marts
from older_project import empty
from psycopg import sql
from random_histories import history

from warehouse import database, runs, state
from warehouse.connection import Target
from warehouse.reports.status import show_status

pytestmark = pytest.mark.first_build
HISTORIES = [history(seed) for seed in range(2)]
AS_OF = "2026-09-01"
COLUMNS = """
select cls.oid::regclass::text, att.attname, format_type(att.atttypid, att.atttypmod),
    att.attnotnull, pg_get_expr(dft.adbin, dft.adrelid), att.attidentity
from pg_class as cls
inner join pg_attribute as att
    on att.attrelid = cls.oid and att.attnum > 0 and not att.attisdropped
left join pg_attrdef as dft on dft.adrelid = cls.oid and dft.adnum = att.attnum
where cls.relnamespace = any(%s::regnamespace[]) and cls.relkind in ('r', 'v')
"""
INDEXES = """
select cls.relname, ind.definition
from pg_class as cls, raw.indexes_of(cls.oid) as ind
where cls.relnamespace = 'core'::regnamespace and cls.relkind = 'r'
order by 1, 2
"""
PUBLISHED = ["staging", "core", "marts", "seeds"]
OBJECTS = """
select nsp.nspname || '.' || cls.relname, cls.relkind::text, cls.relacl::text
from pg_class as cls
inner join pg_namespace as nsp on cls.relnamespace = nsp.oid
where nsp.nspname = any(%s) and cls.relkind in ('r', 'v', 'm')
order by 1
"""
ANALYSTS = """
create schema analysts;
create role {ann} nologin;
create role {bob} nologin;
grant usage, create on schema analysts to {ann};
grant usage on schema core, marts, seeds to {ann}, {bob};
grant select on all tables in schema core, marts, seeds to {ann};
grant select on core.follower_totals to {bob};
grant select (follower_id, legacy_rank) on core.follower_totals to {bob};
set role {ann};
create view analysts.fans as select username, engagement_tier from marts.top_engaged_followers;
comment on column analysts.fans.username is 'Who they are';
grant select on analysts.fans to {bob};
create materialized view analysts.days as
    select follower_id, count(*) as day_count from core.follower_daily_totals group by 1;
create index days_by_follower on analysts.days (follower_id);
create view analysts.tags with (security_barrier = true) as
    select content_id, tag_value from marts.content_tags;
create view analysts.tags_of_two as select * from analysts.tags where tag_value <> '';
create view analysts.tiers as select engagement_tier from seeds.engagement_tiers;
create view analysts.people as select distinct workspace_id, platform from core.accounts;
create view analysts.old_friends as select follower_id from core.kept_view;
create view analysts.ranks as
    select follower_id, legacy_rank from core.follower_totals where legacy_rank > 0;
create view analysts.best as select follower_id from analysts.ranks;
reset role;
"""
KEPT = ("fans", "days", "tags", "tags_of_two", "tiers", "people", "old_friends")


def rows_of(session: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """What analysts see in their own views."""
    return {
        name: sorted(session.execute(f"table analysts.{name}").fetchall(), key=str)
        for name in KEPT
    }


@pytest.fixture(scope="module")
def older(state_folder: Path) -> Iterator[Path]:
    """The older project."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-older-"))
    assert state_folder
    try:
        yield older_project.make(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _land(session: psycopg.Connection, run_seq: int) -> None:
    for item in HISTORIES:
        for load in item.loads:
            if load.run_seq == run_seq:
                land_load(session, Landed(item), load)


def _wait_for_the_upgrade(
    session: psycopg.Connection, upgrading: subprocess.Popen[bytes]
) -> None:
    """Until the relation that somebody reads is about to be replaced."""
    while upgrading.poll() is None:
        if session.execute(
            "select 1 from pg_stat_activity where state = 'active'"
            " and query like '%take_place%follower_totals%'"
            " and datname = current_database() and pid <> pg_backend_pid()"
        ).fetchone():
            return
        time.sleep(0.1)
    raise AssertionError(upgrading.communicate())


@pytest.mark.soak
def test_a_warehouse_of_an_older_project_is_upgraded(
    older: Path,
    target: Target,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _land(session, 1)
    with monkeypatch.context() as patched:
        patched.setattr(state, "project_root", lambda: older)
        outcome = runs.run(target, session, as_of=AS_OF)
    assert outcome.is_successful, outcome.failures
    assert outcome.changes == ()
    roles = {"ann": f"ann_{target.dbname}", "bob": f"bob_{target.dbname}"}
    session.execute(ANALYSTS.format(**roles).encode())
    seen = rows_of(session)
    before = dict.fromkeys(row[0] for row in session.execute(OBJECTS, (PUBLISHED,)))
    objects = session.execute(OBJECTS, (["analysts"],)).fetchall()
    raw = _raw_counts(session)

    _kill_an_upgrade_half_way(target, session)
    assert session.execute(OBJECTS, (["analysts"],)).fetchall() == objects
    assert session.execute("select legacy_rank from core.follower_totals").fetchone()
    assert session.execute("select count(*) from raw.set_aside_views").fetchone() == (0,)

    outcome = runs.run(target, session, as_of=AS_OF)
    assert outcome.is_successful, outcome.failures
    _assert_reported(session, outcome)
    assert rows_of(session) == seen
    lost = {"analysts.ranks", "analysts.best"}
    assert session.execute(OBJECTS, (["analysts"],)).fetchall() == [
        row for row in objects if row[0] not in lost
    ]
    assert session.execute(
        "select col_description('analysts.fans'::regclass, 1), count(*) from pg_indexes"
        " where schemaname = 'analysts' and indexname = 'days_by_follower'"
    ).fetchone() == ("Who they are", 1)
    assert session.execute(
        "select has_table_privilege(%(bob)s, 'core.follower_totals', 'select'),"
        " has_table_privilege(%(ann)s, 'marts.content_tags', 'select'),"
        " has_table_privilege(%(ann)s, 'core.accounts', 'select')",
        roles,
    ).fetchone() == (True, True, True)
    assert _raw_counts(session) == raw
    vanished = set(before) - {row[0] for row in session.execute(OBJECTS, (PUBLISHED,))}
    assert vanished == {"core.old_totals", "core.old_view", "core.unfit_view"}
    assert session.execute(
        "select count(*) from pg_class where relnamespace = 'upgrade'::regnamespace"
    ).fetchone() == (0,)

    _assert_as_fresh(target, session)
    _assert_attention(target, session, capsys)


def _raw_counts(session: psycopg.Connection) -> tuple[object, ...] | None:
    return session.execute(
        "select (select count(*) from raw.loads), (select count(*) from raw.interactions),"
        " (select count(*) from raw.profiles), (select count(*) from raw.posts)"
    ).fetchone()


def _kill_an_upgrade_half_way(target: Target, session: psycopg.Connection) -> None:
    with target.connect() as reader:
        reader.execute("select count(*) from core.follower_totals")
        upgrading = subprocess.Popen(
            [sys.executable, "-m", "warehouse", "run", "--as-of", AS_OF],
            env=_environment(target),
            cwd=older_project.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        _wait_for_the_upgrade(session, upgrading)
        upgrading.kill()
        upgrading.communicate()


def _environment(target: Target) -> dict[str, str]:
    place = f"{target.host}:{target.port}/{target.dbname}"
    return {
        **os.environ,
        "DATABASE_URL": f"postgresql://{target.user}:{target.password}@{place}",
    }


def _assert_reported(session: psycopg.Connection, outcome: runs.Outcome) -> None:
    """A sentence per relation that took another shape, and per view that needs somebody."""
    said: defaultdict[str, str] = defaultdict(str)
    for change in outcome.changes:
        relation, _, what = change.partition(": ")
        said[relation] += f"{what}\n"
    for relation, phrase in (
        ("core.follower_totals", "gone: legacy_rank"),
        ("core.profile_history", "another type: line_no (bigint, was numeric)"),
        ("core.interaction_ledger", "its index interaction_ledger_untyped was rebuilt"),
        (
            "core.interaction_ledger",
            "interaction_ledger_old is no longer a part of the project",
        ),
        ("core.accounts", "was a table, is a view now"),
        ("core.follower_daily_totals", "was a view, is a table now"),
        (
            "marts.content_tags",
            "new: workspace_id; 2 views that read it were made again",
        ),
        ("seeds.engagement_tiers", "gone: colour"),
        ("core.old_totals", "is no longer a part of the project; dropped"),
        ("core.old_view", "is no longer a part of the project; dropped"),
        ("core.unfit_view", "is no longer a part of the project; dropped"),
    ):
        assert phrase in said[relation], (relation, said[relation])
    assert "core.kept_view" not in said
    warned = {warning.name: warning.message for warning in outcome.warnings}
    assert 'column "legacy_rank" does not exist' in warned["analysts.ranks"]
    assert 'relation "analysts.ranks" does not exist' in warned["analysts.best"]
    assert "analysts.old_friends" in warned["core.kept_view"]
    assert "core.unfit_view" not in warned
    assert session.execute(
        "select view_name, owner_name like 'ann%%' from raw.set_aside_views order by place"
    ).fetchall() == [("ranks", True), ("best", True)]


def _assert_as_fresh(target: Target, session: psycopg.Connection) -> None:
    """Marts, columns and rights are those of a new warehouse over the same deliveries."""
    fresh = empty(f"{target.dbname}_fresh")
    with fresh.connect(autocommit=True) as other:
        database.prepare(other)
        _land(other, 1)
        assert runs.run(fresh, other, as_of=AS_OF).is_successful
        assert read_marts(session) == read_marts(other)
        columns = session.execute(COLUMNS, (PUBLISHED,)).fetchall()
        kept = [row for row in columns if row[0] != "core.kept_view"]
        assert sorted(kept, key=str) == sorted(
            other.execute(COLUMNS, (PUBLISHED,)).fetchall(), key=str
        )
        assert session.execute(INDEXES).fetchall() == other.execute(INDEXES).fetchall()
        rights = {
            name: privileges for name, _, privileges in other.execute(OBJECTS, (["marts"],))
        }
        for name, _, privileges in session.execute(OBJECTS, (["marts"],)):
            assert _grants(rights[name]) <= _grants(privileges), name


def _grants(privileges: str) -> set[str]:
    return set(privileges.strip("{}").split(","))


def _assert_attention(
    target: Target, session: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """What waits is told until somebody has seen to it; then nothing is left of it."""
    capsys.readouterr()
    show_status(target, session)
    told = " ".join(capsys.readouterr().err.split())
    assert "analysts.ranks: no longer fits what it reads" in told
    session.execute(sql.SQL("set role {}").format(sql.Identifier(f"ann_{target.dbname}")))
    session.execute(
        "create view analysts.ranks as select id as follower_id from marts.followers"
    )
    session.execute("reset role")
    session.execute("drop view analysts.old_friends")
    _land(session, 2)
    outcome = runs.run(target, session, as_of=AS_OF)
    assert outcome.is_successful, outcome.failures
    assert [warning for warning in outcome.warnings if "analysts" in warning.message] == []
    assert outcome.changes == ("core.kept_view: is no longer a part of the project; dropped",)
    assert (
        session.execute("select count(*) from analysts.best").fetchone()
        == session.execute("select count(*) from marts.followers").fetchone()
    )


SHOP = """
create schema shop;
create table shop.orders (order_id bigint primary key, amount integer);
create view shop.amounts as select amount from shop.orders;
insert into shop.orders values (1, 10);
"""
NEW_SHOP = """
create table upgrade.orders (order_id bigint primary key, amount bigint, currency text);
insert into upgrade.orders values (1, 10, 'EUR');
"""


def test_an_upgrade_gives_way_to_readers(target: Target, session: psycopg.Connection) -> None:
    """Who reads for long is not disturbed, and nobody waits behind the upgrade."""
    session.execute(SHOP)
    session.execute(NEW_SHOP)
    problems: list[str] = []

    def upgrade() -> None:
        with target.connect(autocommit=True) as own:
            try:
                own.execute("select raw.take_place('shop', 'orders')")
            except psycopg.Error as error:
                problems.append(str(error))

    with target.connect() as reader, target.connect(autocommit=True) as other:
        reader.execute("select * from shop.orders")
        upgrading = threading.Thread(target=upgrade)
        upgrading.start()
        other.execute("set statement_timeout = '900ms'")
        reads = 0
        while upgrading.is_alive():
            other.execute("select * from shop.orders cross join shop.amounts")
            reads += 1
        reader.execute("select * from shop.amounts")
        upgrading.join()
    assert "somebody has been reading it for long" in problems[0]
    assert reads > 50
    session.execute("select raw.take_place('shop', 'orders')")
    assert session.execute("select amount, currency from shop.orders").fetchall() == [
        (10, "EUR")
    ]
    assert session.execute("select amount from shop.amounts").fetchall() == [(10,)]


def test_an_upgrade_drops_nothing_that_it_cannot_put_back(session: psycopg.Connection) -> None:
    session.execute("create table shop.refunds (order_id bigint references shop.orders)")
    session.execute(NEW_SHOP)
    with pytest.raises(psycopg.Error, match=r"more than views depends on it: .*shop.refunds"):
        session.execute("select raw.take_place('shop', 'orders')")
    assert session.execute("select amount from shop.amounts").fetchall() == [(10,)]
    session.execute("drop table upgrade.orders, shop.refunds")
