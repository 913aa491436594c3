"""Files that the operator's guide shows load as shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import Console

from warehouse import channels
from warehouse.delivery import Service

ROOT = Path(__file__).resolve().parents[2]


def tables(page: str) -> list[str]:
    """Return the TOML files that a page shows."""
    return re.findall(r"^```toml\n(.+?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_exchange_format_loads_as_shown(warehouse: Console, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    lines = re.findall(r'^    (\{"record":.+)$', page, re.MULTILINE)
    assert {json.loads(line)["record"] for line in lines} == {
        *("interaction", "profile", "post", "counter", "content")
    }
    (tmp_path / "shown.ndjson").write_text("\n".join(lines), "utf-8")
    assert warehouse("load", tmp_path / "shown.ndjson", "-w", "documents").code == 0


def test_the_map_reads_a_table_as_shown(warehouse: Console, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    shown = next(text for text in tables(page) if "[columns]" in text)
    (tmp_path / "forum.toml").write_text(shown, "utf-8")
    (tmp_path / "forum.csv").write_text(
        "No,Author,Posted on,Comment,Topic,Topic title,Mood,Stars\n"
        "1,Ann,27/10/2023 10:00,calm,t1,Moss,good,5\n",
        "utf-8",
    )
    mapped = ("--map", tmp_path / "forum.toml")
    assert warehouse("load", tmp_path / "forum.csv", "-w", "documents", *mapped).code == 0


def test_the_channels_can_be_declared_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "operators.md").read_text("utf-8")
    monkeypatch.setattr(channels, "place", lambda: tmp_path / channels.FILE)
    channels.place().touch(0o600)
    channels.place().write_text(next(text for text in tables(page) if "[channels." in text))
    declared = channels.read()
    assert [channel.messages for channel in declared.values()] == ["digest", "each"]
    for channel in declared.values():
        assert Service(channel.url).room > 0
