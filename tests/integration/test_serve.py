"""`warehouse serve` and `warehouse token` as commands, on a database without marts."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from command_line import Console, process

from warehouse import state, tokens
from warehouse.connection import Target

FOLLOWERS = "/api/social-analytics/followers"

pytestmark = pytest.mark.first_build


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the tokens of these tests apart."""
    monkeypatch.setattr(state, "home", lambda: tmp_path)
    monkeypatch.setattr(state, "home_path", lambda: tmp_path)


@contextmanager
def served(target: Target, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `warehouse serve` on a free port; yield the process and the address."""
    running = process(target, "serve", "--port", "0", *arguments)
    try:
        assert running.stdout is not None
        line = running.stdout.readline()
        said = re.fullmatch(r"Serving (http://\S+) \(documentation: \1/docs\)\n", line)
        assert said is not None, (line, running.stderr.read() if running.stderr else "")
        yield running, said[1]
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_well(target: Target, number: signal.Signals) -> None:
    with (
        served(target) as (running, address),
        httpx.Client(trust_env=False, timeout=60) as client,
    ):
        assert client.get(f"{address}/docs").status_code == 200
        running.send_signal(number)  # while a connection is open
        out, err = running.communicate(timeout=30)
        assert (running.returncode, out) == (0, "")
        assert "Traceback" not in err
        assert [line for line in err.splitlines() if "There are no marts yet" not in line] == []


def test_without_marts_it_says_what_to_do(target: Target) -> None:
    with served(target) as (running, address):
        answer = httpx.get(address + FOLLOWERS, trust_env=False)
        assert answer.status_code == 503
        assert "`warehouse run`" in answer.json()["detail"]
        running.terminate()
        _, err = running.communicate(timeout=30)
        assert "There are no marts yet; `warehouse load` and then `warehouse run`" in err


def test_without_a_database_it_waits_for_one(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Target("127.0.0.1", 1, "me", "s3cret", "numbers")
    with served(away) as (running, address):
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            assert "does not answer" in client.get(FOLLOWERS).json()["detail"]
            assert client.get("/docs").status_code == 200
            assert "warehouse_database_up 0.0" in client.get("/metrics").text
        running.terminate()
        _, err = running.communicate(timeout=30)
        assert running.returncode == 0
        assert "127.0.0.1:1/numbers (user me) does not answer" in err
        assert "s3cret" not in err


def test_an_address_in_use_is_said(warehouse: Console) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sentence = warehouse.fails("serve", "--port", port)
        assert sentence.startswith(f"http://127.0.0.1:{port} cannot be used (address already")
    sentence = warehouse.fails("serve", "--host", "192.0.2.1", code=2)
    assert "add a token first" in sentence
    tokens.add("all", "read")
    assert "cannot be used" in warehouse.fails("serve", "--host", "192.0.2.1")
    sentence = warehouse.fails("serve", "--host", "no.invalid", code=2)
    assert "no.invalid is no address of this machine" in sentence


@pytest.mark.parametrize(
    "options", [("--host", "0.0.0.0"), ("--host", "::"), ("--allowed-host", "a.example")]
)
def test_for_others_there_has_to_be_a_token(
    warehouse: Console, options: tuple[str, ...]
) -> None:
    sentence = warehouse.fails("serve", "--port", 0, *options, code=2)
    assert "`warehouse token add NAME --scope read`" in sentence


def test_tokens_are_added_listed_and_removed(warehouse: Console, tmp_path: Path) -> None:
    assert "There is no token yet" in warehouse("token", "list").out
    said = warehouse("token", "add", "grafana", "--scope", "read", "--workspace", "acme")
    secret = said.out.split()[-1]
    assert re.fullmatch(r"ew_[\w-]{43}", secret)
    warehouse("token", "add", "site", "--scope", "track", "--origin", "https://A.example:443/")
    listed = warehouse("token", "list").out
    for word in ("grafana", "acme", "site", "track", "https://a.example"):
        assert word in listed
    file = tmp_path / tokens.FILE
    assert secret not in file.read_text("utf-8") + listed
    assert file.stat().st_mode & 0o777 == 0o600
    assert [kept["name"] for kept in json.loads(file.read_bytes())] == ["grafana", "site"]
    assert "already a token grafana" in warehouse.fails(
        "token", "add", "grafana", "--scope", "read"
    )
    assert warehouse("token", "remove", "grafana").code == 0
    assert "There is no token grafana" in warehouse.fails("token", "remove", "grafana")


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ("add", "Name the token"),
        ("add x", "Name the token"),
        ("list x", "Name the token"),
        ("list --scope read", "Name the token"),
        ("remove", "Name the token"),
        ("add X --scope read", "cannot be the name of a token"),
        ("add ../x --scope read", "cannot be the name of a token"),
        ("add x --scope read --origin https://a.example", "tokens with --scope track"),
        ("add x --scope track --origin a.example", "is not the origin of a page"),
        ("add x --scope track --origin https://a.example/page", "is not the origin of a page"),
        ("add x --scope track --origin https://a.example:x", "is not the origin of a page"),
        ("add x --scope write", "Invalid value for '--scope'"),
    ],
)
def test_wrong_words_add_no_token(warehouse: Console, arguments: str, phrase: str) -> None:
    said = warehouse("token", *arguments.split())
    assert said.code == 2
    assert phrase in said.err
    assert tokens.listing() == []


def test_a_server_tells_programs_what_it_does(target: Target) -> None:
    running = process(target, "serve", "--port", "0", "--watch", "--log", "json")
    try:
        assert running.stdout is not None
        lines = [json.loads(running.stdout.readline())]
        while "address" not in lines[-1]:
            lines.append(json.loads(running.stdout.readline()))
        address = lines[-1]["address"]
        with httpx.Client(trust_env=False, timeout=60) as client:
            event = {"interaction_type": "like", "post_id": "p", "event_id": "told"}
            tracked = f"{address}/api/track?workspace=told"
            assert client.post(tracked, json=event).json()["tracked"] == 1
        while lines[-1]["event"] not in ("load_landed", "problem"):
            lines.append(json.loads(running.stdout.readline()))
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
        running.communicate()
    assert (running.returncode, "Traceback" in err) == (0, False)
    lines += map(json.loads, out.splitlines())
    by_name = {line["event"]: line for line in lines}
    assert by_name["request_answered"]["route"] == "/api/track"
    assert by_name["load_landed"]["platform"] == "product"
    assert by_name["load_landed"]["source"].startswith("spool/")
    assert lines[-1]["event"] == "serve_ended"
