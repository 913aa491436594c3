"""One person in one place did nearly everything: look-ups of the others read no more for that.

Statistics then say that any key has very many rows. The planner could take from them that the
first rows of the ledger will do, and read it from end to end for each key that has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from blocks_read import blocks_read

from warehouse import loading, runs
from warehouse.connection import Target

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
MESSAGES, SILENT = 20_000, 2_000
MOST_BLOCKS = 6  # of one relation that a run looks at for each record


def _records(first: int, messages: int, silent: int) -> Iterator[dict[str, Any]]:
    """Messages of one bot, and members and messages who did nothing and were only described."""
    for number in range(first, first + messages):
        yield {
            **{"record": "interaction", "type": "message", "id": f"m-{number}"},
            **{"actor_id": "bot", "actor_kind": "bot", "post_id": "room"},
            "occurred_at": (BEGIN + timedelta(minutes=number)).isoformat(),
        }
    for number in range(first, first + silent):
        yield {"record": "profile", "actor_id": f"silent-{number}", "username": f"s{number}"}
        yield {"record": "post", "post_id": f"message:{number}", "type": "message"}


def _run(
    target: Target, session: psycopg.Connection, path: Path, records: Iterator[dict[str, Any]]
) -> dict[str, int]:
    """Land records and run; of each stored relation, how many blocks of it were looked at."""
    lines = (json.dumps({"platform": "discord", **record}) for record in records)
    path.write_text("".join(line + "\n" for line in lines))
    list(loading.load(session, [str(path)], loading.Declared("skew")))
    before = blocks_read(session)
    assert runs.run(target, session, accept=True).is_successful
    return {name: blocks - before[name] for name, blocks in blocks_read(session).items()}


def test_a_look_up_of_what_is_not_there_stays_a_look_up(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    first = _run(target, session, tmp_path / "first.ndjson", _records(0, MESSAGES, SILENT))
    most = MOST_BLOCKS * (MESSAGES + 2 * SILENT)
    assert {name: blocks for name, blocks in first.items() if blocks > most} == {}
    session.execute("vacuum (analyze)")
    few = _records(MESSAGES, 10, SILENT)
    second = _run(target, session, tmp_path / "second.ndjson", few)
    most = MOST_BLOCKS * (10 + 2 * SILENT)
    assert {name: blocks for name, blocks in second.items() if blocks > most} == {}
    counted = session.execute("select count(*) from core.interaction_ledger").fetchone()
    assert counted == (MESSAGES + 10,)
