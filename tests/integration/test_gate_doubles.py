"""The quality gate warns if a Discord channel landed both as JSON and as CSV."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg

from warehouse import gate
from warehouse.connection import Target
from warehouse.loading import Declared, load

CHANNEL = "700000000000000204"
HEADER = "AuthorID,Author,Date,Content,Attachments,Reactions\n"


def write_json(path: Path, day: int) -> str:
    """Write a channel with one message, as JSON."""
    message = {
        "id": str(1348000000000000900 + day),
        "type": "Default",
        "timestamp": f"2026-03-{day:02}T10:15:48.379+00:00",
        "content": "first",
        "author": {"id": "600000000000000041", "name": "una"},
    }
    channel = {"id": CHANNEL, "type": "GuildTextChat", "name": "pond"}
    export = {"guild": {"id": "1", "name": "G"}, "channel": channel, "messages": [message]}
    path.write_text(json.dumps(export))
    return str(path)


def write_csv(path: Path, day: int) -> str:
    """Write the same channel with one message, as CSV."""
    row = f"600000000000000041,una,2026-03-{day:02}T10:15:48.379Z,first,,\n"
    path.write_text(HEADER + row)
    return str(path)


def warned(
    target: Target, session: psycopg.Connection, workspace: str, *names: str
) -> list[str]:
    """Land files one after the other; returns what the gate says of them."""
    declared = Declared(workspace, timezone="UTC", date_order="dmy")
    results = list(load(session, names, declared))
    assert all(result.load is not None and result.load.n_landed for result in results)
    verdict = gate.check(target, session)
    assert verdict is not None
    assert not verdict.is_critical
    session.execute("update raw.loads set run_seq = 0")
    return [problem.message for problem in verdict.problems]


def test_one_channel_in_two_formats(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    exported = write_json(tmp_path / "pond.json", 1)
    (tmp_path / "other").mkdir()
    rows = write_csv(tmp_path / f"Garden - pond [{CHANNEL}].csv", 1)
    later = write_csv(tmp_path / "other" / f"Garden - pond [{CHANNEL}].csv", 9)
    (sentence,) = warned(target, session, "together", exported, rows)
    assert CHANNEL in sentence
    assert "pond.json" in sentence
    assert f"Garden - pond [{CHANNEL}].csv" in sentence
    assert warned(target, session, "apart", exported, later) == []
    assert warned(target, session, "after", rows) == []
    assert len(warned(target, session, "after", exported)) == 1
    assert warned(target, session, "after", later) == []
    (tmp_path / "pond").mkdir()
    old = tmp_path / "pond" / "2.csv"
    old.write_text(HEADER + '600000000000000041,una,"01/03/2026 10:15",first,,\n' * 2)
    unnamed = write_csv(tmp_path / "pond" / "1.csv", 1)
    (sentence,) = warned(target, session, "by name", exported, unnamed)
    assert "channel pond: 1 messages" in sentence
    (sentence,) = warned(target, session, "by the minute", rows, str(old))
    assert "channel pond: 1 messages" in sentence
    assert "CSV to the minute" in sentence
    (tmp_path / "other" / "3.csv").write_text(old.read_text())
    apart = str(tmp_path / "other" / "3.csv")
    assert warned(target, session, "other channel", rows, apart) == []
