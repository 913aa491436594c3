"""Two of everything at once: one run proceeds and the other says so; no load is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from disturbed import DATABASE, EMPTY, Point, Site, await_moment, end, own_site

BUSY = "✗ Another run is active; wait until it has finished.\n"
LOADERS = 4
HOLDING_THE_LOCK = Point(
    "holding the run lock",
    "lock table raw.loads in exclusive mode",
    "select pid from pg_locks where locktype = 'advisory' and granted",
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A server of its own, with an empty warehouse."""
    with own_site() as made:
        made.prepare()
        yield made


def test_one_run_proceeds_and_the_others_say_so(site: Site) -> None:
    site.load(0)
    with site.observer() as session, site.observer() as holder:
        holder.execute("begin")
        holder.execute(str(HOLDING_THE_LOCK.hold).encode())
        first = site.begin("run", 0)
        try:
            await_moment(session, first, HOLDING_THE_LOCK)
            for command in ("run", "rebuild"):
                said = site.ended(site.begin(command, 0))
                assert (said.code, said.out, said.err) == (3, "", BUSY)
            assert first.poll() is None
        finally:
            end(first)


def test_loaders_at_once_lose_nothing(site: Site) -> None:
    """Each has all files; every file lands once."""
    site.copy_database(EMPTY, DATABASE)
    site.load(0)
    alone = site.digests()
    site.copy_database(EMPTY, DATABASE)
    loaders = [site.begin("load", 0) for _ in range(LOADERS)]
    assert {site.ended(loader).code for loader in loaders} <= {0, 4}
    site.load(0)
    assert site.digests() == alone
