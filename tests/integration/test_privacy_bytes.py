"""What an erasure leaves in PostgreSQL's own files, byte by byte: tables, indexes and log."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from command_line import Console
from planted_person import ARCHIVED, HERS_ALONE, ID, NAME, OTHER, PLANTS, SECOND_NAME, delivery
from server_files import holding

from loaders.privacy.forgetting import natural_key
from warehouse import state
from warehouse.embedded import server
from warehouse.privacy import erased, traces

OVERWRITTEN_LATER = re.compile(
    r"(table|index|toast) (raw|core)\.|table pg_catalog.pg_statistic$"
)
HERS = (f"web:{NAME}", f"instagram:{SECOND_NAME}")


@pytest.fixture(scope="module")
def built(
    warehouse: Console, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A warehouse that knows her in every relation of raw."""
    file = tmp_path_factory.mktemp("landed") / "all.ndjson"
    file.write_bytes(delivery())
    assert warehouse("load", file, "-w", "acme").code == 4
    told = {"id": ID, "name": NAME, "other": OTHER, "key": natural_key("acme", "web", ID)}
    for statement in PLANTS:
        session.execute(statement, told)
    assert warehouse("run", "--accept").code in (0, 4)
    session.execute(ARCHIVED, told)
    session.execute("analyze")
    yield warehouse
    (state.home() / erased.FILE).unlink(missing_ok=True)


def test_what_an_erasure_leaves_on_the_disk(
    built: Console, session: psycopg.Connection
) -> None:
    """As docs/privacy.md says: no query returns it, and where it is, and until when."""
    data = server.status().data

    def found(part: str = "base") -> dict[str, int]:
        return holding(session, data, HERS_ALONE, part)

    before = found()
    kinds = Counter(place.split()[0] for place in before)
    assert min(kinds["table"], kinds["index"]) > 20, before  # the search sees both
    assert found("pg_wal") != {}
    assert built("privacy", "erase", *HERS, "-w", "acme").code == 0
    assert traces.find(session, state.home(), HERS_ALONE) == []
    left = found()
    assert [place for place in left if not OVERWRITTEN_LATER.match(place)] == []
    assert sum(left.values()) < sum(before.values()) / 2
    session.execute("vacuum full")
    assert found() == {}
    assert found("global") == {}
    kept = found("pg_wal")  # after a checkpoint, from which on files of the log are used again
    segments = len(list((data / "pg_wal").glob("0*")))
    for _ in range(segments):
        session.execute("comment on table raw.loads is 'another change'")
        session.execute("select pg_switch_wal()")
    assert found("pg_wal") == {}
    sys.stderr.write(
        f"values in {len(before)} tables and indexes before, in the free space of {len(left)}"
        f" after the erasure, of 0 after vacuum full; in {len(kept)} of"
        f" {segments} segments of the log until each had been written again\n"
    )
