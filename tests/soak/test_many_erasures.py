"""1,000 people are erased from random histories, 50 erasures are killed: no trace is left."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import planted_many as planted
import psycopg
import pytest
from command_line import Console, process
from planted_many import account, delivery, plant, shown, values_of
from random_histories import history

from warehouse import state
from warehouse.connection import Target
from warehouse.privacy import erased, traces

PEOPLE, TOGETHER = 1_000, 50  # of a command
MANY = 40  # places in which people are before they are erased
KILLS = 50

TOTALS = (
    "select platform, sum(interaction_count), sum(comment_count) from core.post_totals"
    " where workspace_id = 'acme' group by platform",
    "select platform, activity_date, interaction_count from marts.daily_activity"
    " where workspace_id = 'acme' and interaction_count > 0",
)


def totals(session: psycopg.Connection) -> list[list[str]]:
    """Return what an erasure leaves as it is."""
    return [sorted(map(str, session.execute(each.encode()).fetchall())) for each in TOTALS]


@pytest.fixture
def forgets() -> Iterator[None]:
    """Leave no log of erasures behind."""
    yield
    (state.home() / erased.FILE).unlink(missing_ok=True)


def land(warehouse: Console, file: Path, content: bytes) -> None:
    """Load bytes of a workspace."""
    file.write_bytes(content)
    assert warehouse("load", file, "-w", planted.WORKSPACE).code in (0, 4)


@pytest.mark.usefixtures("forgets")
def test_many_people(
    warehouse: Console,
    session: psycopg.Connection,
    tmp_path: Path,
    share: Callable[[int], int],
) -> None:
    rng = random.Random("people")
    count, done = share(PEOPLE), 0
    everybody: list[str] = []
    assert warehouse("run").code == 0
    while done < count:
        people = range(done, min(done + TOGETHER, count))
        of_history = [each.ndjson() for each in history(done).loads]
        records = [line for number in people for line in delivery(number)]
        rng.shuffle(records)
        file = tmp_path / f"{done}.ndjson"
        land(warehouse, file, b"".join((*of_history, *records)))
        for number in people:
            plant(session, number)
        assert warehouse("run", "--accept").code in (0, 4)
        values = [value for number in people for value in values_of(number)]
        before = totals(session)
        quoted = state.home() / "dbt" / "logs" / "quoted.log"
        quoted.parent.mkdir(parents=True, exist_ok=True)
        quoted.write_text("\n".join(values))
        assert len(traces.find(session, state.home(), values)) > MANY
        named = [f"web:{account(number)}" for number in people]
        said = warehouse("privacy", "erase", *named, "--workspace", planted.WORKSPACE)
        assert said.code == 0, said
        everybody += values
        assert traces.find(session, state.home(), values) == []
        assert shown(session, values) == []
        assert totals(session) == before
        land(warehouse, file, b"".join(records))  # again
        assert warehouse("run", "--accept").code in (0, 4)
        assert traces.find(session, state.home(), values) == []
        assert totals(session) == before
        done += len(people)
    assert traces.find(session, state.home(), everybody) == []
    print(f"{done} people erased, {len(everybody)} values found nowhere")  # noqa: T201 (`-s`)


@pytest.mark.usefixtures("forgets")
def test_many_kills(
    warehouse: Console,
    target: Target,
    session: psycopg.Connection,
    tmp_path: Path,
    share: Callable[[int], int],
) -> None:
    rng = random.Random("erasures")
    longest = 60.0  # seconds of an erasure, by and by as measured
    is_killed = is_finished = 0
    assert warehouse("run").code == 0
    assert warehouse("tenant", "add", planted.WORKSPACE).code == 0
    for number in range(PEOPLE, PEOPLE + share(KILLS)):
        file = tmp_path / f"{number}.ndjson"
        content = b"".join(delivery(number))
        land(warehouse, file, content)
        plant(session, number)
        assert warehouse("run", "--accept").code in (0, 4)
        values = values_of(number)
        assert any(place.startswith("tenant") for place in shown(session, values))
        before = totals(session)
        words = ("privacy", "erase", "web", account(number), "--workspace", planted.WORKSPACE)
        began = time.monotonic()
        running = process(target, *words)
        try:
            running.wait(rng.uniform(0, longest))
            longest = time.monotonic() - began
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            is_killed += 1
        running.communicate()
        if erased.unfinished(session):
            is_finished += 1
            assert "has begun and not ended" in warehouse.fails("run")
            assert warehouse("privacy", "reapply").code == 0
        elif shown(session, values):
            assert warehouse(*words).code == 0  # it was killed before it began
        assert traces.find(session, state.home(), values) == []
        assert shown(session, values) == []
        assert totals(session) == before
        land(warehouse, file, content + b"\n")
        assert traces.find(session, state.home(), values) == []
    print(f"{is_killed} erasures killed, {is_finished} finished")  # noqa: T201 (`-s`)
