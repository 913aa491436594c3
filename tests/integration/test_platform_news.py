"""A stored model about the platforms of a seed is built when one of them has news."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from command_line import GOOD, Console
from copies import ROOT

from warehouse import runs
from warehouse.connection import Target
from warehouse.errors import REJECTED

MODEL = "channel_hourly_totals"
LEVELS = "select distinct run_seq from raw.model_progress where logic is not null"


@pytest.fixture
def built(target: Target, session: psycopg.Connection) -> Callable[[], list[str]]:
    """Runs, and returns what it has built; every stored model is level with the run."""

    def run() -> list[str]:
        names: list[str] = []
        outcome = runs.run(
            target, session, accept=True, on_step=lambda name, *_: names.append(name)
        )
        assert outcome.is_successful
        assert session.execute(LEVELS).fetchall() == [(outcome.run_seq,)]
        return names

    return run


def test_a_model_waits_for_its_platforms(
    warehouse: Console,
    built: Callable[[], list[str]],
    session: psycopg.Connection,
    tmp_path: Path,
) -> None:
    web = tmp_path / "web.ndjson"
    web.write_bytes(GOOD)
    assert warehouse("load", web, "-w", "acme").code == 0
    names = built()
    assert "interaction_ledger" in names
    assert MODEL not in names
    messages = ROOT / "tests" / "fixtures" / "discord" / "valid"
    assert warehouse("load", messages, "-w", "acme").code in (0, REJECTED)
    assert MODEL in built()
    hours = "select sum(message_count) from core.channel_hourly_totals"
    assert session.execute(hours).fetchall()[0][0]
