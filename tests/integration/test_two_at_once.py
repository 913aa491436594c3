"""Of two runs at once one proceeds and the other reports it; no load is lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from installation import DATABASE, EMPTY, Installation, own_installation
from killed_commands import Point, await_moment, end

BUSY = "✗ Another run is active; wait until it has finished.\n"
LOADERS = 4
HOLDING_THE_LOCK = Point(
    "holding the run lock",
    "lock table raw.loads in exclusive mode",
    "select pid from pg_locks where relation = 'raw.run_lock'::regclass and granted",
)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A server of its own, with an empty warehouse."""
    with own_installation() as made:
        made.prepare()
        yield made


def test_one_run_proceeds_and_the_others_say_so(installation: Installation) -> None:
    installation.load(0)
    with installation.observer() as session, installation.observer() as holder:
        holder.execute("begin")
        holder.execute(str(HOLDING_THE_LOCK.hold).encode())
        first = installation.begin("run", 0)
        try:
            await_moment(session, first, HOLDING_THE_LOCK)
            for command in ("run", "rebuild"):
                said = installation.ended(installation.begin(command, 0))
                assert (said.code, said.out, said.err) == (3, "", BUSY)
            assert first.poll() is None
        finally:
            end(first)


def test_loaders_at_once_lose_nothing(installation: Installation) -> None:
    """Each has all files; every file lands once."""
    installation.copy_database(EMPTY, DATABASE)
    installation.load(0)
    alone = installation.digests()
    installation.copy_database(EMPTY, DATABASE)
    loaders = [installation.begin("load", 0) for _ in range(LOADERS)]
    assert {installation.ended(loader).code for loader in loaders} <= {0, 4}
    installation.load(0)
    assert installation.digests() == alone
