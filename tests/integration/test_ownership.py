"""The warehouse changes nothing that it did not make; its schemas can have other names."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from built_home import copy_database
from command_line import GOOD, NAIVE, Console
from copies import ROOT
from mart_reader import read_marts
from older_project import OLDER_SCHEMAS
from plain_dbt import copy_profile, plain_dbt

from warehouse import connection, database, runs, schemas
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.errors import WarehouseError

AS_OF = ["--as-of", "2026-06-07T23:59:59Z"]
FOREIGN = {
    "table": "create table {0}.orders (amount integer); insert into {0}.orders values (7)",
    "view": "create view {0}.followers as select 7 as amount",
    "function": "create function {0}.seven() returns integer language sql as 'select 7'",
    "type": "create type {0}.colour as enum ('green')",
    "described": "create table {0}.loads (load_id bigint); "
    "comment on table {0}.loads is 'Lorries'; comment on schema {0} is 'Freight'",
}
# everything that stands in a database, as far as a change of it can be seen
CATALOGUE = """
select 'schema', nspname, nspacl::text, obj_description(oid, 'pg_namespace')
from pg_namespace where nspname !~ '^pg_(toast|temp)'
union all
select relkind::text, oid::regclass::text, relacl::text, obj_description(oid, 'pg_class')
from pg_class where relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
union all
select 'function', oid::regprocedure::text, proacl::text, md5(prosrc)
from pg_proc where pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
union all
select 'type', oid::regtype::text, typacl::text, typtype::text
from pg_type
where typtype <> 'b' and typnamespace::regnamespace::text !~ '^(pg_|information_schema)'
order by 1, 2
"""
SQUARES = [  # each schema and each kind once; all of them in `make soak`
    pytest.param(name, kind, marks=[pytest.mark.soak] * ((place + number) % len(FOREIGN) > 0))
    for place, name in enumerate(schemas.NAMES)
    for number, kind in enumerate(FOREIGN)
]
ELSEWHERE = {"PGOPTIONS": "", "PGTZ": "Asia/Kolkata"}  # settings of whoever calls plain dbt


@pytest.fixture
def empty(state_folder: Path) -> Target:
    """A database without anything."""
    assert state_folder
    copy_database(connection.resolve("postgres"), "template1", "foreign")
    return connection.resolve("foreign")


def catalogue(target: Target, prefix: str = "") -> list[tuple[object, ...]]:
    """What stands in a database, but for a warehouse of a prefix."""
    with target.connect() as session:
        rows = session.execute(CATALOGUE).fetchall()
    return [row for row in rows if not prefix or not str(row[1]).startswith(prefix)]


@pytest.fixture
def profiles(state_folder: Path) -> Path:
    """A folder with the profile that people copy."""
    return copy_profile(state_folder.parent / "plain")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of one record."""
    path = tmp_path / "good.ndjson"
    path.write_bytes(GOOD)
    return path


@pytest.mark.parametrize(("schema", "kind"), SQUARES)
def test_a_schema_of_somebody_else_is_left_alone(
    empty: Target, file: Path, schema: str, kind: str
) -> None:
    with empty.connect() as session:
        session.execute(f"create schema {schema}; {FOREIGN[kind].format(schema)}".encode())
    before = catalogue(empty)
    warehouse = Console(empty)
    for command in (["up"], ["load", file, "-w", "a"], ["run"], ["decide", "vip", "x", "y"]):
        sentence = warehouse.fails(*command)
        assert sentence.startswith(f"The schema {schema} was not made by this warehouse")
        assert "nothing was changed" in sentence
        assert schemas.VARIABLE in sentence
        assert catalogue(empty) == before


@pytest.mark.parametrize(
    "schema",
    ["marts", *(pytest.param(name, marks=pytest.mark.soak) for name in ("seeds", "upgrade"))],
)
def test_plain_dbt_leaves_a_schema_of_somebody_else_alone(
    empty: Target, profiles: Path, schema: str
) -> None:
    """It came after the warehouse was set up, and before its first build."""
    with empty.connect(autocommit=True) as session:
        database.prepare(session)
        session.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
        session.execute(FOREIGN["table"].format(schema).encode())
    before = catalogue(empty)
    for command in ("build", "seed", "run"):
        said = plain_dbt(empty, ROOT, profiles, command, **ELSEWHERE)
        assert said.code != 0
        assert f"the schema {schema} was not made by this warehouse" in said.out
        assert catalogue(empty) == before


def test_plain_dbt_says_what_a_new_database_wants(empty: Target, profiles: Path) -> None:
    """In a process of its own, as people start it."""
    before = catalogue(empty)
    command = [Path(sys.executable).parent / "dbt", "build", "--profiles-dir", profiles]
    said = subprocess.run(
        list(map(str, (*command, "--target-path", profiles, "--log-path", profiles))),
        env={**os.environ, **empty.environment(), **ELSEWHERE},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode != 0
    assert "is not set up" in said.stdout
    assert "warehouse up" in said.stdout
    assert "Traceback" not in said.stdout + said.stderr
    assert catalogue(empty) == before


def test_a_free_schema_is_taken_and_marked(empty: Target) -> None:
    """An administrator may have made it for the warehouse."""
    with empty.connect(autocommit=True) as session:
        session.execute("create schema raw; create schema marts; create schema seeds")
        session.execute("comment on schema marts is 'For the dashboards.'")
        database.prepare(session)
        database.prepare(session)
        said = session.execute(
            "select obj_description('marts'::regnamespace),"
            " obj_description('raw'::regnamespace)"
        ).fetchone()
    assert said is not None
    assert said[0] == f"For the dashboards. {schemas.mark('')}"
    assert schemas.mark("") in said[1]


@pytest.mark.parametrize("older", OLDER_SCHEMAS, ids=lambda path: path.stem)
def test_an_earlier_version_is_adopted_but_nothing_else(empty: Target, older: Path) -> None:
    with empty.connect(autocommit=True) as session:
        session.execute(older.read_bytes())
        session.execute("create schema seeds; create table seeds.plants (name text)")
        before = catalogue(empty)
        with pytest.raises(WarehouseError, match="The schema seeds was not made"):
            database.prepare(session)
        assert catalogue(empty) == before
        session.execute("alter schema seeds rename to garden")
        database.prepare(session)
        schemas.check(session)
        assert session.execute("select raw.mark()").fetchone() == (schemas.mark(""),)


def test_a_foreign_raw_with_loads_is_no_warehouse(empty: Target) -> None:
    with empty.connect(autocommit=True) as session:
        session.execute(
            "create schema raw; create table raw.loads (load_id bigint, workspace_id text,"
            " content_sha256 bytea, run_seq bigint)"
        )
        with pytest.raises(WarehouseError, match="The schema raw was not made"):
            database.prepare(session)


@pytest.fixture(scope="module")
def built(target: Target, warehouse: Console) -> Console:
    """A warehouse in which samples were built."""
    assert warehouse("load", ROOT / "samples" / "product_feed.ndjson", "-w", "shop").code in (
        0,
        4,
    )
    said = warehouse("run", *AS_OF)
    assert said.code in (0, 4), said
    return warehouse


@pytest.mark.parametrize(
    ("relation", "kind"),
    [
        ("marts.followers", "view"),
        pytest.param("core.accounts", "view", marks=pytest.mark.soak),
        pytest.param("core.post_scores", "table", marks=pytest.mark.soak),
        ("seeds.vip_rules", "table"),
    ],
)
def test_a_relation_of_somebody_else_is_left_alone(
    built: Console, target: Target, profiles: Path, relation: str, kind: str
) -> None:
    """It took the name of one of ours, even with a description."""
    with target.connect() as session:
        session.execute(f"alter {kind} {relation} rename to aside".encode())
        session.execute(f"create table {relation} as select 7 as amount".encode())
        session.execute(f"comment on table {relation} is 'Ours'".encode())
    before = catalogue(target)
    said = built("run", *AS_OF)
    assert said.code == 1
    assert f"{relation} was not made by this warehouse" in said.out + said.err
    assert plain_dbt(target, ROOT, profiles, "seed", **ELSEWHERE).code != 0
    with target.connect() as session:
        assert session.execute(f"table {relation}".encode()).fetchall() == [(7,)]
    assert catalogue(target) == before
    with target.connect() as session:
        session.execute(f"drop table {relation}".encode())
        schema, _, name = relation.partition(".")
        session.execute(f"alter {kind} {schema}.aside rename to {name}".encode())


def test_a_table_in_raw_of_somebody_else_is_left_alone(empty: Target) -> None:
    with empty.connect(autocommit=True) as session:
        database.prepare(session)
        session.execute("drop table raw.load_notes; create table raw.load_notes (note text)")
        session.execute("update raw.schema_fingerprint set fingerprint = 'of before'")
        before = catalogue(empty)
        with pytest.raises(WarehouseError, match=r"The table raw\.load_notes was not made"):
            database.prepare(session)
        assert catalogue(empty) == before


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (
            "create function marts.determine_engagement_tier(points numeric) returns text"
            " language sql as $$ select 'gold' $$",
            "the function marts.determine_engagement_tier(numeric)",
        ),
        ("create type marts.followers as enum ('Anna')", "marts.followers"),
        ("create sequence core.post_scores", "core.post_scores"),
    ],
    ids=["function", "type", "sequence"],
)
def test_what_somebody_made_before_the_first_run_is_left_alone(
    empty: Target, made: str, named: str
) -> None:
    """The schemas are there, and are empty."""
    with empty.connect(autocommit=True) as session:
        database.prepare(session)
        for name in schemas.NAMES:
            session.execute("select raw.claim_schema(%s)", (name,))
        session.execute(made.encode())
    before = catalogue(empty)
    said = Console(empty)("run")
    assert said.code == 1
    assert f"{named} was not made by this warehouse" in said.out + said.err
    assert catalogue(empty) == before


def test_a_function_in_raw_of_somebody_else_is_left_alone(empty: Target) -> None:
    with empty.connect(autocommit=True) as session:
        database.prepare(session)
        session.execute("drop function raw.note_change(text, text)")
        session.execute(
            "create function raw.note_change(amount text, currency text) returns text"
            " language sql as 'select amount || currency'"
        )
        session.execute("update raw.schema_fingerprint set fingerprint = 'of before'")
        before = catalogue(empty)
        with pytest.raises(WarehouseError, match=r"raw\.note_change\(text,text\) was not"):
            database.prepare(session)
        assert catalogue(empty) == before


@pytest.mark.soak
def test_a_copy_of_the_database_knows_its_relations(
    built: Console, target: Target, empty: Target
) -> None:
    """Marks go with a dump: the copy is the same warehouse, and a run there changes nothing."""
    assert built
    programs = server.bin_dir()
    dump = subprocess.run(
        [programs / "pg_dump"],
        env={**os.environ, **target.environment()},
        capture_output=True,
        check=True,
    )
    subprocess.run(
        [programs / "psql", "--quiet", "--set", "ON_ERROR_STOP=1"],
        env={**os.environ, **empty.environment()},
        input=dump.stdout,
        capture_output=True,
        check=True,
    )
    with target.connect() as session, empty.connect() as copy:
        before = read_marts(session)
        assert read_marts(copy) == before
    said = Console(empty)("rebuild", *AS_OF)
    assert said.code in (0, 4), said
    with empty.connect() as copy:
        assert read_marts(copy) == before


@pytest.mark.soak
def test_two_warehouses_live_in_one_database(
    built: Console,
    target: Target,
    profiles: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: Path,
) -> None:
    """With another prefix everything is made once more, and nothing of the first is touched."""
    with target.connect() as session:
        marts = read_marts(session)
    before = catalogue(target)
    monkeypatch.setenv(schemas.VARIABLE, "acme")
    second = replace(target, prefix="acme_")
    warehouse = Console(second)
    samples = ROOT / "samples" / "product_feed.ndjson"
    assert warehouse("load", samples, "-w", "shop").code in (0, 4)
    with target.connect(autocommit=True) as other, runs.run_lock(other):
        said = warehouse("run", *AS_OF)
    assert said.code in (0, 4), said
    assert catalogue(target, "acme_") == before
    asked = "select follower_id, rank, engagement_score from top_engaged_followers order by 1"
    mine = warehouse("query", "--csv", asked).out
    assert mine
    said = warehouse("run", *AS_OF, "--schema", "spring")
    assert said.out.startswith("Built in schema acme_spring_marts")
    assert warehouse("query", "--schema", "spring", "--csv", asked).out == mine
    assert warehouse("status").code == 0
    assert warehouse("purge", "--dry-run").code == 0
    assert warehouse("rejects").code == 0
    assert warehouse("label").code == 0
    said = plain_dbt(second, ROOT, profiles, "build", "--select", "followers", **ELSEWHERE)
    assert said.code == 0
    assert warehouse("load", file, "-w", "shop").code == 0
    assert catalogue(target, "acme_") == before
    monkeypatch.delenv(schemas.VARIABLE)
    assert built("query", "--csv", asked).out == mine
    with target.connect() as session:
        assert read_marts(session) == marts
        assert session.execute("select count(*) from raw.loads").fetchone() == (1,)
    assert built("run", *AS_OF).out.startswith("Nothing new")
    # a build beside may not have the name of another warehouse
    sentence = built.fails("run", *AS_OF, "--schema", "acme")
    assert sentence.startswith("The schema acme_core was not made by this warehouse")


def test_no_command_asks_the_default_schemas(
    empty: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They are somebody else's, and have none of our tables."""
    with empty.connect() as session:
        for schema in schemas.NAMES:
            session.execute(
                f"create schema {schema}; {FOREIGN['type'].format(schema)}".encode()
            )
    before = catalogue(empty)
    monkeypatch.setenv(schemas.VARIABLE, "acme")
    warehouse = Console(replace(empty, prefix="acme_"))
    file = tmp_path / "some.ndjson"
    text = GOOD.replace(b'"actor_id"', b'"text":"What a lovely day","actor_id"')
    file.write_bytes(text + NAIVE.replace(b'"1"', b'"2"'))
    assert warehouse("load", file, "-w", "shop").code == 4
    assert warehouse("rejects").code == 0
    zone = ["--timezone", "Europe/Berlin"]
    assert warehouse("rejects", "--replay", *zone).code == 0
    assert warehouse("label").code == 0
    assert warehouse("run").code in (0, 4)
    for command in (
        ["decide", "vip", "web", "u", "-w", "shop"],
        ["status"],
        ["purge", "--dry-run"],
        ["backup", tmp_path / "warehouse.dump"],
        ["login", "list"],
        ["query", "select * from followers"],
    ):
        said = warehouse(*command)
        assert said.code == 0, said
    assert catalogue(empty, "acme_") == before


def test_a_prefix_is_checked(built: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    assert built
    for wrong in ("Acme", "pg_acme", "1st", "a" * 17, 'a"b', "a-b"):
        monkeypatch.setenv(schemas.VARIABLE, wrong)
        with pytest.raises(WarehouseError, match=schemas.VARIABLE):
            schemas.configured()
    for same in ("acme", "acme_"):
        monkeypatch.setenv(schemas.VARIABLE, same)
        assert schemas.configured() == "acme_"
    for none in ("", "public"):
        monkeypatch.setenv(schemas.VARIABLE, none)
        assert schemas.configured() == ""
