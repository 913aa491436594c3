"""A tenant is removed while its own readers, or others, are in the middle of something."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from command_line import Console
from psycopg import errors, sql
from two_tenants import FOREIGN, OWN, Tenants, two_tenants

from warehouse import analysts, tenants
from warehouse.connection import Target
from warehouse.errors import WarehouseError

LONG = "copy (select * from follower_interactions, generate_series(1, 100000)) to stdout"
KEPT = (
    "Somebody else reads through the schema tenant_acme; its schema was kept, but it cannot log"
    " in. Remove the tenant when that has ended."
)


@pytest.fixture(scope="module")
def both(
    target: Target, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    """Two tenants of the module's database."""
    with two_tenants(target, session, tmp_path_factory.mktemp("two")) as made:
        yield made


@pytest.fixture
def again(both: Tenants, session: psycopg.Connection) -> Iterator[Tenants]:
    """Both tenants; the one that is removed comes back afterwards."""
    yield both
    opened = tenants.add(session, OWN)
    assert opened.shown_count == len(both.marts)
    both.logins[OWN] = replace(both.logins[OWN], password=opened.secret)


def begin(session: psycopg.Connection[Any], schema: str) -> int:
    """Open a transaction with a cursor, fetch a row, and return how many are left."""
    mart = sql.Identifier(schema, "follower_interactions")
    session.execute("begin")
    row = session.execute(sql.SQL("select count(*) from {}").format(mart)).fetchone()
    assert row is not None
    session.execute(sql.SQL("declare seen cursor for table {}").format(mart))
    assert len(session.execute("fetch 1 from seen").fetchall()) == 1
    return int(row[0]) - 1


def rest(session: psycopg.Connection[Any]) -> int:
    """Return how many rows the cursor still has, and end the transaction."""
    found = session.execute("fetch all from seen").fetchall()
    session.execute("commit")
    return len(found)


def test_its_own_readers_end_whatever_they_do(
    again: Tenants, session: psycopg.Connection
) -> None:
    """In a transaction, in a question, in a copy; the other tenant reads on."""
    said: list[Exception] = []

    def ask(reader: psycopg.Connection[Any]) -> None:
        try:
            reader.execute("select pg_sleep(60) from followers")
        except psycopg.Error as error:
            said.append(error)

    with (
        again.open() as idle,
        again.open() as busy,
        again.open() as copying,
        again.open(FOREIGN) as other,
    ):
        begin(idle, "tenant_acme")
        left = begin(other, "tenant_globex")
        asking = threading.Thread(target=ask, args=(busy,))
        asking.start()
        with pytest.raises(psycopg.Error), copying.cursor().copy(LONG) as copy:
            next(iter(copy))
            until = time.monotonic() + 30
            active = "select 1 from pg_stat_activity where query like 'select pg_sleep(60)%'"
            while not session.execute(active.encode()).fetchone():
                assert time.monotonic() < until
            assert tenants.remove(session, OWN, is_dry=True) == 3
            assert analysts.exists(session, "tenant_acme")
            assert tenants.remove(session, OWN) == 3
            for _ in copy:
                pass
        asking.join()
        assert [type(error) for error in said] == [errors.AdminShutdown]
        with pytest.raises(psycopg.OperationalError):
            idle.execute("fetch all from seen")
        assert rest(other) == left > 1
    assert not analysts.exists(session, "tenant_acme")
    gone = session.execute("select to_regnamespace('tenant_acme') is null").fetchone()
    assert gone == (True,)
    with pytest.raises(WarehouseError, match="refused the password"):
        again.open()


def test_readers_that_are_not_the_tenants_are_never_cut_off(
    again: Tenants,
    session: psycopg.Connection,
    warehouse: Console,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One sentence says what is in the way; they read to their end, then it goes."""
    monkeypatch.setattr(tenants, "LOCK", "300ms")
    with again.owner.connect(autocommit=True) as other:
        left = begin(other, "tenant_acme")
        said = warehouse.fails("tenant", "remove", OWN, "--dry-run")
        assert said.startswith("Somebody else reads through the schema tenant_acme; nothing")
        assert warehouse.fails("tenant", "remove", OWN) == KEPT
        (found,) = [each for each in tenants.listing(session) if each.workspace == OWN]
        assert (found.can_log_in, found.stale_count) == (False, 0)
        assert rest(other) == left
    assert warehouse("tenant", "remove", OWN).code == 0
    assert not analysts.exists(session, "tenant_acme")
