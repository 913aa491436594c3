"""Attacks of a tenant on the barrier: no foreign row, and no foreign value in any answer.

Every text of the other workspace holds a mark. Whatever PostgreSQL sends for an attack is
searched for it: rows, errors with all their parts, notices.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors, sql
from two_tenants import FOREIGN, MARKS, OWN, Tenants, two_tenants

from warehouse.connection import Target

FORBIDDEN = (
    errors.InsufficientPrivilege,
    errors.ReadOnlySqlTransaction,
    errors.UndefinedTable,
    errors.UndefinedObject,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
    errors.FeatureNotSupported,
    errors.ObjectNotInPrerequisiteState,
    errors.WrongObjectType,
    errors.UndefinedColumn,
    errors.DependentObjectsStillExist,
    errors.CantChangeRuntimeParam,
    errors.InvalidParameterValue,
)
# Each is refused, whatever a tenant sets before.
REFUSED = {
    "the marts themselves": "select * from marts.followers",
    "the tables of the marts": "select * from core.interaction_ledger",
    "deliveries": "select * from raw.interactions",
    "seeds": "select * from seeds.workspaces",
    "another tenant": "select * from tenant_globex.followers",
    "another search_path": "set search_path to tenant_globex, marts, core; table followers",
    "the owner's role": "set role warehouse",
    "the analyst's role": "set role warehouse_analyst",
    "another tenant's role": "set role tenant_globex",
    "another session's user": "set session authorization warehouse",
    "a temporary table": "create temporary table kept as table followers",
    "a function of its own": (
        "create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0001 as"
        " $$ begin raise notice '%', $1; return true; end $$"
    ),
    "a view of its own": "create view tenant_acme.mine as select 1",
    "an operator of its own": (
        "create operator tenant_acme.=== (function = texteq, leftarg = text, rightarg = text)"
    ),
    "statistics of its own": "create statistics told on id, platform from followers",
    "a barrier taken down": "alter view followers set (security_barrier = false)",
    "another text of the view": (
        "create or replace view followers as select * from marts.followers"
    ),
    "a rule": "create rule tell as on select to followers do instead select 1",
    "a row added": "insert into content_tags select * from content_tags returning *",
    "a row changed": "update followers set username = username returning *",
    "rows deleted": "delete from followers returning *",
    "rows locked": "select * from followers for update",
    "a file of the server": "select pg_read_file('postgresql.conf')",
    "a binary file": "select pg_read_binary_file('PG_VERSION')",
    "a folder of the server": "select pg_ls_dir('.')",
    "a file copied": "copy followers to '/tmp/stolen'",
    "a program": "copy (select 1) to program 'cat > /tmp/stolen'",
    "a file imported": "select lo_import('/etc/passwd')",
    "a large object made": "select lo_from_bytea(0, 'x')",
    "another database": "create extension dblink",
    "another server": "create server elsewhere foreign data wrapper postgres_fdw",
    "statistics of values": "select * from pg_catalog.pg_statistic",
    "statistics of combinations": "select * from pg_catalog.pg_statistic_ext_data",
    "passwords": "select rolname, rolpassword from pg_authid",
    "tables as XML": "select schema_to_xml('marts', true, false, '')",
    "a query as XML": "select query_to_xml('select * from marts.followers', true, false, '')",
    "words of a query": "select * from ts_stat('select text::tsvector from raw.interactions')",
    "a right passed on": "grant warehouse to tenant_acme",
    "another's limits": "alter role tenant_globex set statement_timeout = 0",
    "the end of others": "select pg_terminate_backend(pid) from pg_stat_activity where usename"
    " = 'warehouse'",
    "the log": "select pg_current_logfile()",
    "a sample": "select * from followers tablesample system (100)",
    "where rows lie": "select ctid, tableoid, xmin from followers",
    "a toasted value": (
        "do $$ declare name text; begin select reltoastrelid::regclass into name from pg_class"
        " where oid = (select oid from pg_class where relname = 'interactions' limit 1);"
        " execute 'select count(*) from ' || name; end $$"
    ),
    "the functions of raw": "select raw.privileges_of(1)",
    "the lists of tenants": "select * from raw.tenants",
    "a publication": "create publication all_tables for all tables",
    "a replication slot": "select pg_create_logical_replication_slot('told', 'test_decoding')",
    "an event trigger": (
        "create event trigger told on ddl_command_start execute function"
        " suppress_redundant_updates_trigger()"
    ),
    "a way around the policy": "set row_security = off; table marts.followers",
}
# Each is answered; nothing foreign may be in the answer.
ANSWERED = {
    "statistics": "select * from pg_stats",
    "statistics of expressions": "select * from pg_stats_ext_exprs",
    "statistics of columns together": "select * from pg_stats_ext",
    "who does what": "select * from pg_stat_activity",
    "what is locked": "select * from pg_locks",
    "counts of tables": "select * from pg_stat_all_tables",
    "tables": "select * from pg_class",
    "constraints": "select pg_get_constraintdef(oid) from pg_constraint",
    "defaults": "select pg_get_expr(adbin, adrelid) from pg_attrdef",
    "large objects": "select loid from pg_largeobject_metadata as meta (loid)",
    "statements of others": "select * from pg_prepared_statements",
    "cursors of others": "select * from pg_cursors",
    "prepared transactions": "select * from pg_prepared_xacts",
    "settings": "select * from pg_settings",
    "columns": "select * from information_schema.columns",
    "definitions": "select pg_get_viewdef(oid) from pg_class where relkind = 'v'",
    "comments": "select * from pg_description",
    "values of sequences": "select * from pg_sequences",
    "what is being done": "select * from pg_stat_progress_analyze, pg_stat_progress_copy",
    "messages of others": "listen attack; select pg_notification_queue_usage()",
}
PREDICATES = (  # each is cheap, tells what it compares, and PostgreSQL would evaluate it first
    "{column}::text::integer = 0",
    "{column}::text::uuid is null",
    "{column}::text::timestamptz is null",
    "{column}::text::jsonb is null",
    "{column}::text::xml is null",
    "{column}::text::inet is null",
    "{column}::text::tsquery is null",
    "{column}::text::date < to_date({column}::text, 'YYYY')",
    "set_config('attack.found', {column}::text, false) is null",
    "public.tell({column}::text)",
)
# What the worst extension could bring: a function of everybody, cheaper than any filter.
CHEAP = """
create function public.tell(told text) returns boolean language plpgsql cost 0.0000001 as $$
begin raise notice '%', told; return true; end $$
"""
Answer = list[str]


@pytest.fixture(scope="module")
def both(
    target: Target, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    """Two tenants of the module's database."""
    session.execute(CHEAP)
    with two_tenants(target, session, tmp_path_factory.mktemp("two")) as made:
        yield made


@contextmanager
def attacker(both: Tenants) -> Iterator[tuple[psycopg.Connection[Any], Answer]]:
    """A session that may write as far as its rights go, and all that it is told."""
    told: Answer = []
    with both.open(OWN) as session:
        session.add_notice_handler(lambda notice: told.append(said(notice)))
        for setting in (
            "default_transaction_read_only = off",
            "client_min_messages = debug5",
            "log_error_verbosity = verbose",
        ):
            try:
                session.execute(f"set {setting}".encode())
            except psycopg.Error as error:
                told.append(said(error.diag))
        yield session, told


def said(diagnostic: Any) -> str:
    """Return all parts of an error or notice."""
    names = [name for name in dir(diagnostic) if not name.startswith("_")]
    return " ".join(str(getattr(diagnostic, name)) for name in names)


def attack(session: psycopg.Connection[Any], statement: str | sql.Composable) -> Answer:
    """Return all that PostgreSQL answers to a statement."""
    text = statement if isinstance(statement, str) else statement.as_string(session)
    try:
        cursor = session.execute(text.encode())
        return [str(row) for row in cursor.fetchall()] if cursor.description else []
    except psycopg.Error as error:
        return [said(error.diag)]


def assert_nothing_foreign(told: Answer) -> None:
    found = [text[:500] for text in told if MARKS[FOREIGN] in text]
    assert found == []


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(both: Tenants, name: str) -> None:
    with attacker(both) as (session, told):
        with pytest.raises(FORBIDDEN):
            session.execute(REFUSED[name].encode())
        session.rollback()
        assert_nothing_foreign([*told, *attack(session, REFUSED[name])])


@pytest.mark.parametrize("name", ANSWERED)
def test_what_is_answered_holds_nothing_foreign(
    both: Tenants, session: psycopg.Connection, name: str
) -> None:
    session.execute("analyze")
    secret = f"select pg_sleep(20), '{MARKS[FOREIGN]}'".encode()
    with both.open(FOREIGN) as other, both.owner.connect(autocommit=True) as owner:
        other.execute(f"prepare told as select '{MARKS[FOREIGN]}'".encode())
        busy = [
            threading.Thread(target=attack, args=(each, secret.decode()))
            for each in (other, owner)
        ]
        for thread in busy:
            thread.start()
        with attacker(both) as (opened, told):
            found = attack(opened, ANSWERED[name])
            assert_nothing_foreign([*told, *found])
        for each in (other, owner):
            each.cancel()
        for thread in busy:
            thread.join()


def columns_of(session: psycopg.Connection, mart: str) -> list[str]:
    rows = session.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attnum > 0",
        (f"marts.{mart}",),
    )
    return [name for (name,) in rows]


@pytest.mark.parametrize("predicate", PREDICATES)
def test_no_predicate_sees_a_foreign_row(
    both: Tenants, session: psycopg.Connection, predicate: str
) -> None:
    """On every column of every mart, with plans that would evaluate it as early as possible."""
    asked = own = 0
    with attacker(both) as (opened, told):
        opened.execute("set enable_indexscan = off")
        for mart in both.marts:
            for column in columns_of(session, mart):
                where = sql.SQL(predicate).format(column=sql.Identifier(column))
                query = sql.SQL("select * from {} where {}").format(sql.Identifier(mart), where)
                found = attack(opened, query)
                found += attack(opened, "select current_setting('attack.found', true)")
                assert_nothing_foreign([*told, *found])
                own += any(MARKS[OWN] in text for text in [*told, *found])
                asked += 1
                told.clear()
    assert asked > 400
    assert own > 50  # so it is evaluated, and tells


@pytest.mark.parametrize(
    "wrap",
    [
        "explain (verbose, analyze, costs off, timing off) {}",
        "explain (verbose, format json) {}",
        "declare seen cursor with hold for {}",
        "copy ({}) to stdout",
        "prepare seen as {}",
        "do $do$ declare found record; begin for found in {} loop raise notice '%', found;"
        " end loop; end $do$",
        "select row_to_json(all_rows) from ({}) as all_rows",
        "select * from ts_stat($q$select to_tsvector('simple', t::text) from ({}) as t$q$)",
        "with recursive kept as materialized ({}) select * from kept",
        "select * from (values (1)) as one cross join lateral ({}) as rest",
    ],
)
def test_no_form_of_a_question_shows_a_foreign_row(both: Tenants, wrap: str) -> None:
    told_of_own = 0
    with attacker(both) as (opened, told):
        opened.execute("set debug_print_plan = on")
        opened.execute("set plan_cache_mode = force_generic_plan")
        for mart in both.marts:
            question = f"table {mart}"
            found = [] if wrap.startswith("copy") else attack(opened, wrap.format(question))
            if wrap.startswith("declare"):
                found += attack(opened, "fetch all from seen") + attack(opened, "close seen")
            if wrap.startswith("copy"):
                found += copied(opened, wrap.format(question))
            if wrap.startswith("prepare"):
                found += attack(opened, "execute seen") + attack(opened, "deallocate seen")
            assert_nothing_foreign([*told, *found])
            told_of_own += any(MARKS[OWN] in text for text in [*told, *found])
            told.clear()
    assert told_of_own > 20 or wrap.startswith("explain")


def copied(session: psycopg.Connection[Any], statement: str) -> Answer:
    with session.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        return [bytes(block).decode() for block in copy]


def test_what_can_be_foreseen_of_a_plan_names_nobody(
    both: Tenants, session: psycopg.Connection
) -> None:
    """The filter of the workspace is in every plan; what tells comes after it."""
    with attacker(both) as (opened, _):
        for mart in both.marts:
            for column in columns_of(session, mart)[:3]:
                query = sql.SQL("explain select * from {} where {}::text::integer = 0")
                plan = attack(opened, query.format(*map(sql.Identifier, (mart, column))))
                text = "\n".join(plan)
                assert "Subquery Scan" in text or "One-Time Filter" in text, text


def test_a_barrier_that_is_missing_is_found(both: Tenants, session: psycopg.Connection) -> None:
    """The attacks can tell: without the barrier they show foreign values. It comes back."""
    session.execute("alter view tenant_acme.followers reset (security_barrier)")
    stale = "select view_name from raw.tenant_views() where not is_current"
    assert session.execute(stale).fetchall() == [("followers",)]
    with attacker(both) as (opened, told):
        attack(opened, "select * from followers where public.tell(username)")
        assert MARKS[FOREIGN] in str(told)
    session.execute("select raw.keep_tenants()")
    assert session.execute(stale).fetchall() == []
