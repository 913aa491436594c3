"""A hundred thousand reads of every mart while runs and rebuilds follow one another.

Two readers read totals of every mart again and again: there is no error, every total is that
of some finished run, and a read waits no longer than the promise, also while a BI tool keeps a
transaction open for a minute. What a read waits is its time beyond what it takes in peace.
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
from disturbed import AS_OF, RECORDS, ROOT, WORKSPACE, Site, own_site
from psycopg import sql

from benchmarks import synthetic
from warehouse import queries

READS, RUNS = 100_000, 20  # of every mart; runs and rebuilds together
READERS = 2
PATIENCE = 0.25  # seconds that the slowest hundredth of reads may wait
TRANSACTION = 60.0  # seconds that a BI tool's transaction stays open
LIVE = {  # these look at what has landed, whether a run has taken it up or not
    path.stem for path in (ROOT / "models" / "marts" / "health").glob("*.sql")
}
MARTS = (
    "select relname from pg_class where relnamespace = 'marts'::regnamespace"
    " and relkind in ('r', 'v') order by relname"
)


@dataclass
class Seen:
    """What readers came upon, per mart."""

    waits: dict[str, list[float]] = field(default_factory=dict)
    totals: dict[str, set[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A server of its own, with one delivery built."""
    with own_site() as made:
        made.prepare()
        made.finish(0)
        yield made


def total(session: psycopg.Connection, mart: str) -> str:
    """The number of rows of a mart and the sum of all that they say."""
    row = session.execute(
        sql.SQL(
            "select count(*) || ' ' || coalesce(sum(hashtextextended(found::text, 0)), 0)"
            " from marts.{} as found"
        ).format(sql.Identifier(mart))
    ).fetchone()
    assert row is not None
    return str(row[0])


def read(site: Site, marts: list[str], seen: Seen, is_over: threading.Event) -> None:
    """Read one mart after the other until it is over."""
    with queries.analyst(site.target()) as session:
        session.rollback()
        for mart in itertools.cycle(marts):
            if is_over.is_set():
                return
            began = time.monotonic()
            try:
                found = total(session, mart)
            except psycopg.Error as error:
                seen.errors.append(f"{mart}: {error}")
            else:
                seen.waits[mart].append(time.monotonic() - began)
                seen.totals[mart].add(found)
            session.rollback()


def test_readers_see_finished_runs_and_do_not_wait(
    site: Site, share: Callable[[int], int]
) -> None:
    with site.observer() as session:
        marts = [name for (name,) in session.execute(MARTS) if name not in LIVE]
        seen = Seen({name: [] for name in marts}, {name: set() for name in marts})
        finished: dict[str, set[str]] = {name: {total(session, name)} for name in marts}
        in_peace = {
            name: statistics.median(_timed(session, name) for _ in range(20)) for name in marts
        }
        is_over = threading.Event()
        arguments = (site, marts, seen, is_over)
        readers = [threading.Thread(target=read, args=arguments) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        try:
            with site.observer() as tool:
                tool.execute("begin")
                for name in marts:
                    total(tool, name)
                began = time.monotonic()
                for number in range(share(RUNS)):
                    news = site.home.parent / f"news-{number}.ndjson"
                    synthetic.write(news, RECORDS, 1_000 + number)
                    site.run("load", news, "-w", WORKSPACE)
                    site.run("rebuild" if number % 2 else "run", *AS_OF)
                    for name in marts:
                        finished[name].add(total(session, name))
                    if time.monotonic() - began > TRANSACTION:
                        tool.execute("rollback")
            while min(map(len, seen.waits.values())) < share(READS):
                time.sleep(1)
        finally:
            is_over.set()
            for reader in readers:
                reader.join()
    slowest = {
        name: max(statistics.quantiles(waits, n=100)[98] - in_peace[name], 0)
        for name, waits in seen.waits.items()
    }
    reads = sum(map(len, seen.waits.values()))
    worst = max(slowest, key=lambda name: slowest[name])
    sys.stderr.write(
        f"{reads:,} reads of {len(marts)} marts, {len(seen.errors)} errors;"
        f" p99 wait at most {1000 * slowest[worst]:.0f} ms ({worst})\n"
    )
    assert seen.errors == []
    assert [name for name in marts if seen.totals[name] - finished[name]] == []
    assert slowest[worst] <= PATIENCE


def _timed(session: psycopg.Connection, mart: str) -> float:
    began = time.monotonic()
    total(session, mart)
    return time.monotonic() - began
