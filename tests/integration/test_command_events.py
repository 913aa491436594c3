"""`--log json` of every command that stores something, and of the requests of a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from command_line import GOOD, NAIVE, Console
from receiving_server import receiving

from warehouse import events
from warehouse.cli.commands import MODULES, cli

# What answers, opens or shows something to a person, and stores nothing that others wait for.
FOR_PEOPLE = {
    *("demo", "up", "down", "status", "map", "query", "psql", "dbt", "mf"),
    *("runs", "schedule"),
    *("login", "tenant", "token"),  # show a secret once
}


def told(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


def test_every_command_that_stores_has_events() -> None:
    with_log = {
        name
        for name in MODULES
        if (command := cli.get_command(None, name)) is not None  # type: ignore[arg-type]
        and any("--log" in option.opts for option in command.params)
    }
    assert with_log == set(MODULES) - FOR_PEOPLE


@pytest.fixture
def loaded(warehouse: Console, tmp_path: Path) -> Console:
    (tmp_path / "a.ndjson").write_bytes(GOOD + NAIVE.replace(b'"id":"1"', b'"id":"2"'))
    assert warehouse("load", tmp_path / "a.ndjson", "-w", "acme").code == 4
    return warehouse


def test_what_commands_do_is_told(loaded: Console, tmp_path: Path) -> None:
    warehouse = loaded
    log = ("--log", "json")
    csv = tmp_path / "decisions.csv"
    csv.write_text("decision,platform,actor_id\nvip,web,u\nflag,web,x\n")
    (decided,) = told(warehouse("decide", "--from", csv, "-w", "acme", *log).out)
    assert (decided["event"], decided["given_count"], decided["recorded_count"]) == (
        *("decisions_recorded", 2, 2),
    )
    replayed = warehouse("rejects", "--replay", "--timezone", "UTC", *log)
    (load,) = told(replayed.out)
    assert (replayed.code, load["event"], load["landed_count"]) == (0, "load_landed", 1)
    assert told(warehouse("label", "-w", "acme", *log).out) == []
    wish = ("privacy", "opt-out", "web", "x", "--unseen", "-w", "acme", "--dry-run")
    (opted,) = told(warehouse(*wish, *log).out)
    assert (opted["event"], opted["action"], opted["is_dry"]) == (
        *("privacy_action_ended", "opt-out", True),
    )
    file = tmp_path / "kept.dump"
    (written,) = told(warehouse("backup", file, *log).out)
    assert (written["event"], written["byte_count"]) == ("backup_ended", file.stat().st_size)
    again = warehouse("backup", file, *log)
    (problem,) = told(again.out)
    assert (again.code, problem["event"]) == (1, "problem")
    assert problem["problem"] in again.err
    assert "needs --replay" in warehouse.fails("rejects", *log, code=2)


def test_requests_and_what_they_brought_are_told(tmp_path: Path) -> None:
    found: list[events.Event] = []
    with receiving(tmp_path, found.append) as url, httpx.Client(trust_env=False) as client:
        secret = {"user_id": "somebody", "interaction_type": "like", "post_id": "p"}
        client.post(f"{url}/api/track?workspace=acme", json=secret)
        client.get(f"{url}/analytics/followers/somebody")
        client.request("PROPFIND", f"{url}/somebody")
    lines = [json.loads(events.line(event)) for event in found]
    assert [(each["route"], each["method"], each["status"]) for each in lines] == [
        ("/api/track", "POST", 200),
        ("/analytics/followers/{id}", "GET", 503),
        ("none", "other", 404),
    ]
    assert all(each["seconds"] >= 0 for each in lines)
    assert "somebody" not in json.dumps(lines)
