"""An older raw schema becomes the present one, and indexes follow their declaration."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import older_project
import psycopg
import pytest
from older_project import OLDER_SCHEMAS, empty

from warehouse import database
from warehouse.connection import Target

pytestmark = pytest.mark.first_build
COLUMNS = """
select cls.oid::regclass::text, att.attname, format_type(att.atttypid, att.atttypmod),
    att.attnotnull, pg_get_expr(dft.adbin, dft.adrelid), att.attidentity
from pg_class as cls
inner join pg_attribute as att
    on att.attrelid = cls.oid and att.attnum > 0 and not att.attisdropped
left join pg_attrdef as dft on dft.adrelid = cls.oid and dft.adnum = att.attnum
where cls.relnamespace = any(%s::regnamespace[]) and cls.relkind in ('r', 'v')
"""
IN_RAW = """
select 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'raw'::regnamespace and contype <> 'n'
union all
select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
from pg_index
where indrelid in (select oid from pg_class where relnamespace = 'raw'::regnamespace)
union all
select 'function', oid::regprocedure::text, md5(prosrc)
from pg_proc where pronamespace = 'raw'::regnamespace
union all
select 'comment', objoid::regclass::text || objsubid, description
from pg_description
where classoid = 'pg_class'::regclass
    and objoid in (select oid from pg_class where relnamespace = 'raw'::regnamespace)
"""


@pytest.fixture(scope="module")
def older(state_folder: Path) -> Iterator[Path]:
    """The older project."""
    folder = Path(tempfile.mkdtemp(prefix="warehouse-older-"))
    assert state_folder
    try:
        yield older_project.make(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_indexes_are_those_that_are_declared(
    target: Target, session: psycopg.Connection
) -> None:
    """Made where they are missing or otherwise, left where they are the same, dropped where
    nobody declares them any more; an analyst's own stays."""

    def keep(*declared: tuple[str, str]) -> None:
        session.execute(
            "select raw.keep_indexes('shop.orders', %s)", ([list(pair) for pair in declared],)
        )

    def found() -> dict[str, tuple[int, str]]:
        rows = session.execute(
            "select idx.indexrelid::regclass::text, idx.indexrelid,"
            " pg_get_indexdef(idx.indexrelid)"
            " from pg_index as idx where idx.indrelid = 'shop.orders'::regclass"
            " and not idx.indisprimary"
        )
        return {
            name.removeprefix("shop."): (number, text.split(" USING ")[1])
            for name, number, text in rows
        }

    session.execute("create schema shop")
    session.execute(
        "create table shop.orders"
        " (order_id bigint primary key, amount integer, currency text not null default 'EUR')"
    )
    session.execute("create index own on shop.orders (currency)")
    session.execute("create index large on shop.orders (amount) where ((amount) > (9))")
    older = found()
    large = ("large", "(amount) where orders.amount > 9")  # the same in other words
    keep(large, ("by_amount", "unique (amount desc)"))
    made = found()
    assert made == {**older, "by_amount": (made["by_amount"][0], "btree (amount DESC)")}
    keep(large, ("by_amount", "unique (amount desc)"))
    assert found() == made

    keep(large, ("by_amount", "(amount, currency)"))
    changed = found()
    assert changed == {
        **older,
        "by_amount": (changed["by_amount"][0], "btree (amount, currency)"),
    }
    with target.connect() as reader:
        reader.execute("select * from shop.orders")
        with pytest.raises(psycopg.Error, match=r"the index large of .* somebody has been"):
            keep(("by_amount", "(amount, currency)"))
        assert found() == changed
    keep()
    assert found() == {"own": older["own"]}


@pytest.mark.parametrize("older", OLDER_SCHEMAS, ids=lambda path: path.stem)
def test_an_older_raw_becomes_the_present_one(
    older: Path, target: Target, session: psycopg.Connection
) -> None:
    upgraded = empty(f"{target.dbname}_{older.stem}")
    with upgraded.connect(autocommit=True) as other:
        other.execute(older.read_bytes())
        other.execute(
            "insert into raw.loads (workspace_id, platform, format, source_name,"
            " content_sha256, n_in, n_landed)"
            " values ('acme', 'forum', 'generic', 'a.ndjson', 'x', 1, 1)"
        )
        database.prepare(other)
        assert other.execute("select n_landed from raw.loads").fetchall() == [(1,)]
        assert catalogue(other) == catalogue(session)
        noted = other.execute("select relation from raw.upgrade_notes").fetchall()
        assert ("raw.model_progress",) in noted
        database.prepare(other)
        assert other.execute("select relation from raw.upgrade_notes").fetchall() == noted


def catalogue(session: psycopg.Connection) -> list[tuple[object, ...]]:
    columns = session.execute(COLUMNS, (["raw"],)).fetchall()
    return sorted([*columns, *session.execute(IN_RAW).fetchall()], key=str)
