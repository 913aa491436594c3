"""Tenants: what each sees, how its schema follows the marts, what commands say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from command_line import Console
from copies import copy_project
from psycopg import sql
from tenant_reads import reading
from two_tenants import AS_OF, FOREIGN, MARKS, OWN, Tenants, land, swap, two_tenants

from warehouse import analysts, backup, database, runs, tenants
from warehouse.connection import Target, resolve
from warehouse.errors import WarehouseError
from warehouse.transform import Dbt, variables

VIEWS = "select view_name from raw.tenant_views() where schema_name = 'tenant_acme' order by 1"
COUNT = sql.SQL("select count(*) from {}")
WORDS = (
    "select {} from (values ('acme', 'ours'), ('globex', 'theirs')) as words"
    " (workspace_id, word)"
)
PAUSE = 0.02  # seconds between two reads of a tenant
STALE = "select view_name from raw.tenant_views() where not is_current"


@pytest.fixture(scope="module")
def both(
    target: Target, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    """Two tenants of the module's database."""
    with two_tenants(target, session, tmp_path_factory.mktemp("two")) as made:
        yield made


def build(target: Target, *models: str) -> None:
    """Build some models; the end of such a run brings the tenants in line, as of any."""
    left_out = ("--exclude-resource-types", "test", "unit_test")
    given = ("build", *left_out, "--select", *models, *variables({"as_of": AS_OF}))
    assert Dbt(target).invoke(given).success


def rows(session: psycopg.Connection, query: LiteralString, *values: object) -> list[str]:
    return [str(row) for (row,) in session.execute(query, values)]


def texts(session: psycopg.Connection, place: tuple[str, ...], workspace: str) -> list[str]:
    """Return the rows of a mart that are of a workspace."""
    query = sql.SQL("select mart::text from {} as mart where workspace_id = %s order by 1")
    return [
        text for (text,) in session.execute(query.format(sql.Identifier(*place)), (workspace,))
    ]


def test_a_tenant_sees_its_part_of_every_mart(
    both: Tenants, session: psycopg.Connection
) -> None:
    marked = 0
    for workspace, mark in MARKS.items():
        with both.open(workspace) as opened:
            for mart in both.marts:
                found = texts(opened, (mart,), workspace)
                assert found == texts(session, ("marts", mart), workspace), mart
                assert opened.execute(COUNT.format(sql.Identifier(mart))).fetchone() == (
                    len(found),
                )
                marked += any(mark in row for row in found)
                described = (
                    "select obj_description(%s::regclass), col_description(%s::regclass, 1)"
                )
                assert (
                    opened.execute(described, (mart, mart)).fetchone()
                    == session.execute(described, (f"marts.{mart}", f"marts.{mart}")).fetchone()
                )
    assert marked >= 50


def test_a_tenant_calls_the_functions(both: Tenants, session: psycopg.Connection) -> None:
    question = (
        "select calculate_engagement_score(1, 2, 3, 4, 5, 6), determine_engagement_tier(40),"
        " calculate_decayed_score(1, 2, 3, 4, 5, 6, '2026-03-01')"
    )
    session.execute("set search_path to marts")
    with both.open() as opened:
        assert opened.execute(question).fetchone() == session.execute(question).fetchone()
    session.execute("set search_path to public")
    count = "select count(*) from pg_proc where pronamespace = %s::regnamespace"
    for schema in ("marts", "tenant_acme"):
        assert session.execute(count, (schema,)).fetchone() == (7,)


def test_a_tenant_has_the_limits_of_an_analyst(
    both: Tenants, session: psycopg.Connection
) -> None:
    with both.open() as opened:
        for name, value in [*analysts.SETTINGS.items(), analysts.TEMPORARY_FILES]:
            assert opened.execute(f"show {name}").fetchone() == (value,)
        assert opened.execute("show search_path").fetchone() == ("tenant_acme",)
    query = "select rolconnlimit, left(rolpassword, 14) from pg_authid where rolname = %s"
    found = session.execute(query, ("tenant_acme",)).fetchone()
    assert found == (analysts.CONNECTIONS, "SCRAM-SHA-256$")
    assert rows(session, "select what from raw.reach_of_tenant('tenant_acme')") == []


def test_filters_reach_the_indexes(both: Tenants, session: psycopg.Connection) -> None:
    """PostgreSQL evaluates a filter before the barrier if its operator tells no value."""
    telling = (
        "select distinct format_type(att.atttypid, null) from pg_attribute as att"
        " inner join pg_class as cls on att.attrelid = cls.oid"
        " where cls.relnamespace = 'marts'::regnamespace and att.attnum > 0 and not exists ("
        " select from pg_operator as opr inner join pg_proc as prc on opr.oprcode = prc.oid"
        " where opr.oprname = %s and opr.oprleft = att.atttypid"
        " and opr.oprright = att.atttypid and prc.proleakproof) order by 1"
    )
    for operator in ("=", "<"):
        types = rows(session, telling, operator)
        assert {*types} <= {"numeric", "jsonb"}
    with both.open() as opened:
        opened.execute("set enable_seqscan = off")
        for mart, column, value in (
            ("follower_interactions", "follower_id", "cb7e3d50-7bb5-5a9d-52b9-bbd2a69d9b8b"),
            ("followers", "id", "cb7e3d50-7bb5-5a9d-52b9-bbd2a69d9b8b"),
            ("follower_interactions", "occurred_at", "2026-03-02 10:11:12"),
        ):
            question = sql.SQL("explain select * from {} where {} >= {}").format(
                sql.Identifier(mart), sql.Identifier(column), value
            )
            plan = [line for (line,) in opened.execute(question)]
            assert any("Index Cond" in line and value in line for line in plan), plan


def test_names_are_safe_and_of_one_workspace() -> None:
    assert tenants.login_of("acme_2") == "tenant_acme_2"
    assert tenants.login_of("acme", "uk_") == "uk_tenant_acme"
    odd = [
        *("spoke-and-kettle", "Acme", "ACME", "acme ", "ac me", "ac-me", "ac.me", "a" * 200),
        *(
            'o"ne',
            "o'ne",
            "",
            "日本",
            "日本語",
            "a" * 40,
            "b" * 41,
            "x;drop schema core",
            "é",
            "e",
        ),
        *("acme_0123abcd", "0123abcd", "a\0b", "a\nb", "a" * 39, "tenant_acme", "%s", "{}"),
    ]
    longest = "a" * 16 + "_"
    names = [tenants.login_of(workspace, longest) for workspace in odd]
    assert len({*names}) == len(odd)
    assert max(len(name) for name in names) <= 63
    assert all(name.replace("_", "").isalnum() and name.isascii() for name in names)
    for name in names:  # it could be a workspace's own; then it gets another one
        workspace = name.removeprefix(f"{longest}tenant_")
        if workspace not in odd:
            assert tenants.login_of(workspace, longest) != name


def test_every_mart_says_whose_its_rows_are(session: psycopg.Connection) -> None:
    """A mart without the column would be shown to no tenant, and to the analyst alone."""
    query = (
        "select relname from pg_class as cls where relnamespace = 'marts'::regnamespace"
        " and relkind in ('r', 'v') and not exists (select from pg_attribute where attrelid ="
        " cls.oid and attname = 'workspace_id' and atttypid = 'text'::regtype)"
    )
    assert rows(session, query) == []


def test_tenants_read_on_during_a_run_and_an_upgrade(
    both: Tenants, session: psycopg.Connection, tmp_path: Path
) -> None:
    with reading(both, PAUSE) as seen:
        swap(session, "core", "follower_totals")
        swap(session, "marts", "content_tags")
        assert rows(session, STALE) == []
        land(session, tmp_path, FOREIGN, "news")
        assert runs.run(both.owner, session, accept=True, as_of=AS_OF).is_successful
    assert (seen.foreign, seen.errors) == ([], [])
    assert seen.reads > 50 and seen.rows > 200
    assert rows(session, STALE) == []


def test_a_new_mart_appears_by_itself(
    both: Tenants, session: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with the column, one without; then the first takes another shape, and both go."""
    ours = rows(session, VIEWS)
    assert ours == both.marts
    project = copy_project(tmp_path / "project")
    monkeypatch.setattr("warehouse.state.project_root", lambda: project)
    folder = project / "models" / "marts" / "health"
    model, properties = folder / "tenant_words.sql", folder / "words.yml"
    text = "version: 2\nmodels:\n"
    for name, columns in (("tenant_words", "workspace_id, word"), ("no_tenants", "word")):
        text += f"  - name: {name}\n    description: One row per word.\n    columns:\n"
        for column in columns.split(", "):
            text += f"      - {{name: {column}, data_type: text, description: A word.}}\n"
    properties.write_text(text)
    model.write_text(WORDS.format("workspace_id, word"))
    (folder / "no_tenants.sql").write_text("select 'everybody' as word")
    build(both.owner, "tenant_words", "no_tenants")
    assert rows(session, VIEWS) == sorted([*ours, "tenant_words"])
    with both.open() as opened:
        assert opened.execute("select * from tenant_words").fetchall() == [("acme", "ours")]
        session.execute("create view public.mine as select word from tenant_acme.tenant_words")
        properties.write_text(
            text.replace(
                "{name: workspace_id",
                "{name: number, data_type: integer, "
                "description: A number.}\n      - {name: workspace_id",
                1,
            )
        )
        model.write_text(WORDS.format("1 as number, workspace_id, word"))
        build(both.owner, "tenant_words")
        found = opened.execute("select * from tenant_words").fetchall()
        assert found == [(1, "acme", "ours")]
        assert session.execute("select * from public.mine").fetchall() == [("ours",)]
        session.execute("drop view public.mine")
    for file in (model, properties, folder / "no_tenants.sql"):
        file.unlink()
    build(both.owner, "landed_sources")
    assert rows(session, VIEWS) == ours
    assert rows(session, "select to_regclass('marts.tenant_words') is null") == ["True"]


def test_commands_say_what_they_did(
    both: Tenants, warehouse: Console, session: psycopg.Connection
) -> None:
    said = warehouse("tenant", "list")
    assert said.code == 0 and "tenant_acme" in said.out and "tenant_globex" in said.out
    assert "acme has a tenant already" in warehouse.fails("tenant", "add", "acme")
    longest = "Z" * 63  # of a workspace's name
    assert f"no workspace {longest}." in warehouse.fails("tenant", "add", longest, code=2)
    for odd in ("nope", "o\"n'e", "日本", "x" * 200, "ACME", "acme ", "a\udcffb"):
        for action, code in (("add", 2), ("rotate", 1), ("remove", 1)):
            sentence = warehouse.fails("tenant", action, odd, code=code)
            assert ("There is no workspace" if action == "add" else "has no tenant") in sentence
            assert len(sentence) < 300
    assert "\n    rotate,\n" in warehouse("tenant").err
    assert "Name the workspace" in warehouse.fails("tenant", "add", code=2)
    assert "takes none" in warehouse.fails("tenant", "list", "acme", code=2)
    with both.open() as opened:
        for action in ("rotate", "remove"):
            said = warehouse("tenant", action, "acme", "--dry-run")
            assert (said.code, "end 1 session" in said.out) == (0, True)
            assert "Nothing was changed" in said.out
        opened.execute("select 1")
        said = warehouse("tenant", "rotate", "acme")
        assert "1 session with the old password ended" in said.out
        assert said.code == 0 and "shown this once" in said.out
        with pytest.raises(psycopg.OperationalError):
            opened.execute("select 1")
    with pytest.raises(WarehouseError, match="refused the password"):
        both.open()
    secret = said.out.rsplit(" ", 1)[1].strip()
    assert secret not in str(session.execute("select * from raw.tenants").fetchall())


def test_a_tenant_is_removed_while_it_is_connected(
    both: Tenants, warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    land(session, tmp_path, OWN, "odd")
    session.execute(
        "update raw.loads set workspace_id = 'O''Brien & \"Söhne\"' where load_id ="
        " (select max(load_id) from raw.loads)"
    )
    odd = 'O\'Brien & "Söhne"'
    said = warehouse("tenant", "add", odd)
    assert said.code == 0, said
    login = tenants.login_of(odd)
    with both.owner.connect() as opened:
        opened.execute(sql.SQL("set role {}").format(sql.Identifier(login)))
        sources = sql.SQL("select workspace_id from {}.landed_sources")
        found = opened.execute(sources.format(sql.Identifier(login))).fetchall()
        assert found == [(odd,)]
    session.execute(sql.SQL("create table {}.own ()").format(sql.Identifier(login)))
    assert "nothing was changed" in warehouse.fails("tenant", "remove", odd, "--dry-run")
    assert "its schema was kept" in warehouse.fails("tenant", "remove", odd)
    session.execute(sql.SQL("drop table {}.own").format(sql.Identifier(login)))
    assert warehouse("tenant", "remove", odd).code == 0
    assert not analysts.exists(session, login)
    assert rows(session, "select to_regnamespace(%s) is null", login) == ["True"]
    (kept,) = session.execute(
        "select removed_by, removed_at > added_at from raw.tenants where workspace_id = %s",
        (odd,),
    ).fetchall()
    assert kept == ("warehouse", True)
    session.execute("delete from raw.loads where workspace_id = %s", (odd,))


def test_what_is_in_the_way_is_said_and_kept(
    both: Tenants, warehouse: Console, session: psycopg.Connection
) -> None:
    said = warehouse("tenant", "add", "default", "--dry-run")
    assert "Would make the login tenant_default" in said.out
    assert not analysts.exists(session, "tenant_default")
    session.execute("create role tenant_default login")
    assert "already a role tenant_default" in warehouse.fails("tenant", "add", "default")
    session.execute("drop role tenant_default")
    session.execute("create schema tenant_default create table notes ()")
    assert "was not made by this warehouse" in warehouse.fails("tenant", "add", "default")
    session.execute("drop schema tenant_default cascade")
    session.execute("create table public.notes ()")
    session.execute("grant select on public.notes to public")
    said = warehouse("tenant", "add", "default")
    assert "relation public.notes" in said.err
    session.execute("drop table public.notes")
    assert warehouse("tenant", "remove", "default").code == 0
    session.execute("drop view tenant_globex.content_tags")
    session.execute("create table tenant_globex.content_tags ()")
    session.execute(
        "delete from raw.relations where schema_name = 'tenant_globex'"
        " and relation_name = 'content_tags'"
    )
    session.execute("select raw.keep_tenants()")
    assert "1 view of tenant_globex" in warehouse("tenant", "list").err
    session.execute("drop table tenant_globex.content_tags")
    session.execute("select raw.keep_tenants()")
    assert rows(session, STALE) == []


def test_an_owner_who_is_no_superuser_makes_tenants(
    target: Target, session: psycopg.Connection
) -> None:
    session.execute("create role plain login password 'pl41n'")
    session.execute("create database plain owner plain")
    plain = replace(target, user="plain", password="pl41n", dbname="plain", embedded=False)
    try:
        with plain.connect(autocommit=True) as owner:
            database.prepare(owner)
            owner.execute(
                "insert into raw.loads (workspace_id, platform, format, source_name,"
                " content_sha256) values ('solo', 'web', 'lines', 'a', '')"
            )
            with pytest.raises(WarehouseError, match="may not create the login tenant_solo"):
                tenants.add(owner, "solo")
            assert tenants.listing(owner) == []
            session.execute("alter role plain createrole")
            opened = tenants.add(owner, "solo")
            assert {setting.split(" set ")[1].split()[0] for setting in opened.refused} == {
                '"temp_file_limit"'
            }
            login = replace(plain, user=opened.login, password=opened.secret, is_analyst=True)
            with login.connect(autocommit=True) as tenant:
                assert tenant.execute("show search_path").fetchone() == ("tenant_solo",)
                assert tenants.rotate(owner, "solo").secret != opened.secret
                with pytest.raises(psycopg.OperationalError):
                    tenant.execute("select 1")
            assert tenants.remove(owner, "solo") == 0
    finally:
        session.execute("drop database plain with (force)")
        session.execute("drop role plain")


def test_a_restored_tenant_gets_another_password(
    both: Tenants, session: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "all.dump"
    backup.write(both.owner, file)
    with both.owner.connect(autocommit=True) as admin:
        admin.execute("create database restored template template1")
    restored = resolve("restored")
    try:
        with restored.connect(autocommit=True) as opened:
            database.prepare(opened)
            backup.restore(restored, opened, file)
            assert rows(opened, STALE) == []
            found = {each.workspace for each in tenants.listing(opened)}
            assert found == {OWN, FOREIGN}
    finally:
        session.execute("drop database restored with (force)")
