"""Ambiguous dates land with --date-order, also when it is declared later."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from command_line import Console

HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions\n"
ROW = "600000000000000041,una,06/10/2023 00:37,first,,\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Garden - pond [700000000000000204].csv"
    path.write_text(HEADER + ROW)
    return path


def instants(session: psycopg.Connection, workspace: str) -> list[str]:
    """When the messages of a workspace were sent."""
    found = session.execute(
        "select distinct occurred_at::text from raw.interactions where workspace_id = %s",
        (workspace,),
    ).fetchall()
    return [moment[:16] for (moment,) in found]


def open_rejects(session: psycopg.Connection, workspace: str) -> list[str]:
    found = session.execute(
        "select detail from raw.rejects inner join raw.loads using (load_id)"
        " where workspace_id = %s and replay_load_id is null",
        (workspace,),
    ).fetchall()
    return [detail for (detail,) in found]


@pytest.mark.parametrize("order", ["dmy", "mdy"])
def test_a_forgotten_order_is_made_up_for(
    warehouse: Console, session: psycopg.Connection, file: Path, order: str
) -> None:
    zone = ("--timezone", "UTC", "--workspace", order)
    assert warehouse("load", file, *zone).code == 4
    (detail,) = open_rejects(session, order)
    assert "--date-order dmy or mdy" in detail
    assert warehouse("load", file, *zone, "--date-order", order).code == 0
    expected = {"dmy": "2023-10-06 00:37", "mdy": "2023-06-10 00:37"}
    assert instants(session, order) == [expected[order]]
    assert open_rejects(session, order) == []


def test_a_replay_takes_an_order(
    warehouse: Console, session: psycopg.Connection, file: Path
) -> None:
    assert warehouse("load", file, "-w", "again", "--timezone", "UTC").code == 4
    assert "need --replay" in warehouse.fails("rejects", "--date-order", "dmy", code=2)
    assert warehouse("rejects", "--replay", "--date-order", "dmy").code == 0
    assert instants(session, "again") == ["2023-10-06 00:37"]
    assert open_rejects(session, "again") == []
