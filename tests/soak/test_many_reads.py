"""A hundred thousand reads of every mart in turn, during runs and rebuilds.

An analyst reads totals of every mart again and again, the owner those of every stored relation
beneath: there is no error, every total of a stored relation is that of some finished run, and
a read waits no longer than the promise, also while a BI tool keeps a transaction open for a
minute. What a read waits is its time beyond what it takes in peace. Marts that look at several
stored relations may meet one of them a moment before the others: these are named, not counted.
"""

from __future__ import annotations

import itertools
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from installation import AS_OF, ROOT, WORKSPACE, Installation, own_installation
from psycopg import sql

from warehouse import queries

READS, RUNS = 100_000, 20  # at least: of all marts in turn; of runs and rebuilds together
PATIENCE = 0.25  # seconds that the slowest hundredth of reads may wait
TRANSACTION = 60.0  # seconds that a BI tool's transaction stays open
LIVE = {  # these look at what has landed, whether a run has taken it up or not
    path.stem for path in (ROOT / "models" / "marts" / "health").glob("*.sql")
}
RELATIONS = (
    "select nspname, relname from pg_class"
    " inner join pg_namespace as nsp on relnamespace = nsp.oid"
    " where nspname = 'marts' and relkind in ('r', 'v') or nspname = 'core' and relkind = 'r'"
    " order by 1, 2"
)
Relation = tuple[str, str]  # schema, name


@dataclass
class Seen:
    """What readers came upon, per mart."""

    waits: dict[Relation, list[float]] = field(default_factory=dict)
    totals: dict[Relation, set[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A server of its own, with one delivery built."""
    with own_installation() as made:
        made.prepare()
        made.finish(0)
        yield made


def total(session: psycopg.Connection, relation: Relation) -> str:
    """The number of rows of a relation and the sum of all that they say."""
    row = session.execute(
        sql.SQL(
            "select count(*) || ' ' || coalesce(sum(hashtextextended(found::text, 0)), 0)"
            " from {} as found"
        ).format(sql.Identifier(*relation))
    ).fetchone()
    assert row is not None
    return str(row[0])


def read_marts(
    installation: Installation, marts: list[Relation], seen: Seen, is_over: threading.Event
) -> None:
    """Read one mart after the other, as the analyst, until it is over."""
    with queries.analyst(installation.target()) as session:
        session.rollback()
        read(session, marts, seen, is_over)


def read_stored(
    installation: Installation, stored: list[Relation], seen: Seen, is_over: threading.Event
) -> None:
    """The same of the stored relations, as the owner."""
    with installation.observer() as session:
        read(session, stored, seen, is_over)


def read(
    session: psycopg.Connection,
    relations: list[Relation],
    seen: Seen,
    is_over: threading.Event,
) -> None:
    """Read one relation after the other until it is over."""
    for relation in itertools.cycle(relations):
        if is_over.is_set():
            return
        began = time.monotonic()
        try:
            found = total(session, relation)
        except psycopg.Error as error:
            seen.errors.append(f"{relation}: {error}")
        else:
            seen.waits[relation].append(time.monotonic() - began)
            seen.totals[relation].add(found)
        session.rollback()


def test_readers_see_finished_runs_and_do_not_wait(
    installation: Installation, share: Callable[[int], int]
) -> None:
    with installation.observer() as session:
        names: list[Relation] = [(row[0], row[1]) for row in session.execute(RELATIONS)]
        marts = [name for name in names if name[0] == "marts"]
        stored = [name for name in names if name[0] == "core"]
        seen = Seen({name: [] for name in names}, {name: set() for name in names})
        finished = {name: {total(session, name)} for name in names}
        in_peace = {
            name: statistics.median(_timed(session, name) for _ in range(20)) for name in names
        }
        is_over = threading.Event()
        readers = [
            threading.Thread(target=read_marts, args=(installation, marts, seen, is_over)),
            threading.Thread(target=read_stored, args=(installation, stored, seen, is_over)),
        ]
        for reader in readers:
            reader.start()
        try:
            with installation.observer() as tool:
                tool.execute("begin")
                for name in names:
                    total(tool, name)
                began = time.monotonic()
                for number in itertools.count():
                    reads = sum(len(seen.waits[name]) for name in marts)
                    if number >= share(RUNS) and reads >= share(READS):
                        break
                    news = installation.home.parent / f"news-{number}.ndjson"
                    installation.write_news(news)
                    installation.run("load", news, "-w", WORKSPACE)
                    installation.run("rebuild" if number % 2 else "run", *AS_OF)
                    for name in names:
                        finished[name].add(total(session, name))
                    if time.monotonic() - began > TRANSACTION:
                        tool.execute("rollback")
        finally:
            is_over.set()
            for reader in readers:
                reader.join()
    slowest = {
        name: max(statistics.quantiles(seen.waits[name], n=100)[98] - in_peace[name], 0)
        for name in marts
    }
    between = [name for name in names if seen.totals[name] - finished[name]]
    mixed = [name for schema, name in between if schema == "marts" and name not in LIVE]
    worst = max(slowest, key=lambda name: slowest[name])
    sys.stderr.write(
        f"{reads:,} reads of {len(marts)} marts in {number} runs, {len(seen.errors)} errors;"
        f" p99 wait at most {1000 * slowest[worst]:.0f} ms ({worst[1]});"
        f" between two runs: {mixed}\n"
    )
    assert seen.errors == []
    assert [name for name in between if name in stored] == []
    assert slowest[worst] <= PATIENCE


def _timed(session: psycopg.Connection, relation: Relation) -> float:
    began = time.monotonic()
    total(session, relation)
    return time.monotonic() - began
