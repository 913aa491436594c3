"""The command line before anything has landed: help, wrong usage, servers and logins."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from command_line import Console

from warehouse.cli import INTERRUPTED, commands
from warehouse.connection import Target

BUILDS_IT = "`warehouse run --as-of … --schema spring` builds it."

pytestmark = pytest.mark.first_build


@pytest.mark.parametrize("name", commands.MODULES)
def test_the_help_of_every_command_has_an_example(warehouse: Console, name: str) -> None:
    said = warehouse(name, "--help")
    assert said.code == 0
    examples = said.out.split("Examples:\n")[1]
    assert f"warehouse {name}" in examples
    assert all(len(line) <= 80 for line in said.out.splitlines())


def test_the_list_of_commands_cuts_nothing(warehouse: Console) -> None:
    said = warehouse("--help")
    assert said.code == 0
    assert "..." not in said.out.split("Commands:")[1]


def test_what_there_is_to_do_first(warehouse: Console) -> None:
    assert "There was no run yet" in warehouse("status").out
    assert "No open rejects" in warehouse("rejects").out
    assert "No open rejects" in warehouse("rejects", "--replay").out
    sentence = warehouse.fails("query", "select * from followers")
    assert sentence.startswith("There are no marts yet; `warehouse load`")
    sentence = warehouse.fails("purge", "--dry-run")
    assert sentence == "There was no run yet; use `warehouse run`, then purge."
    sentence = warehouse.fails("query", "--schema", "spring", "select 1", code=2)
    assert sentence == f"There is no schema spring_marts; {BUILDS_IT}"


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ("nonsense", "No such command"),
        ("load", "Missing argument 'PATH…'"),
        ("load x", "Missing option '--workspace'"),
        ("load x -w a -p myspace", "is not a platform; use one of discord"),
        ("load x -w a --timezone Mars/Phobos", "'Mars/Phobos' is not a time zone"),
        ("load x -w ../x", "A workspace is a name of letters"),
        ("load x -w a b c --nonsense", "No such option"),
        ("run --as-of yesterday", "give a day, or an instant with its zone"),
        ("run --as-of 2026-02-30", "give a day, or an instant with its zone"),
        ("rebuild --as-of 2026-03-01T10:00", "give a day, or an instant with its zone"),
        ("run --schema spring", "--schema needs --as-of"),
        ("run --as-of 2026-03-01 --known-at 2026-03-02", "--known-at needs --as-of and"),
        ("run --as-of 2026-03-01 --known-at then", "give a day, or an instant with its zone"),
        ("run --as-of 2026-03-01 --schema s --accept", "--accept cannot be used with --schema"),
        ("run --as-of 2026-03-01 --schema pg_s", "'pg_s' cannot be the name of a schema"),
        ("run --as-of 2026-03 --schema spring", "give a day, or an instant with its zone"),
        ("query --schema März x", "'März' cannot be the name of a schema"),
        ("purge --as-of yesterday", "give a day, or an instant with its zone"),
        ("purge --as-of 2026-03-01T10:00", "give a day, or an instant with its zone"),
        ("rejects --reason bored", "'bored' is not a reason code; use one of invalid_encoding"),
        ("rejects --timezone UTC", "need --replay"),
        ("rejects --replay --timezone x", "'x' is not a time zone"),
        ("rejects --limit -1", "-1 is not in the range"),
        ("query", "Ask one question"),
    ],
)
def test_wrong_usage_ends_with_2(warehouse: Console, arguments: str, phrase: str) -> None:
    said = warehouse(*arguments.split())
    assert said.code == 2
    assert phrase in said.err
    assert not said.out


COMMANDS = ["up", "status", "run", "rebuild", "rejects", "query x", "load x -w a", "demo"]


@pytest.mark.parametrize("command", [*COMMANDS, "psql", "dbt ls"])
def test_a_server_that_does_not_answer(
    warehouse: Console, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:1/numbers")
    sentence = warehouse.fails(*command.split())
    assert "127.0.0.1:1/numbers (user me) does not answer" in sentence
    assert "s3cret" not in sentence
    assert "nothing was stopped" in warehouse("down").out


def test_a_server_that_is_not_running(
    warehouse: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "nowhere"))
    assert "is not running; `warehouse up` starts it" in warehouse("status").out
    assert "was not running" in warehouse("down").out
    assert not (tmp_path / "nowhere").exists()


def test_a_login_that_may_only_read(
    warehouse: Console,
    target: Target,
    session: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.execute("create role reader login password 'r34d'")
    try:
        session.execute(f"grant connect on database {target.dbname} to reader")
        place = f"{target.host}:{target.port}/{target.dbname}"
        monkeypatch.setenv("DATABASE_URL", f"postgresql://reader:r34d@{place}")
        for command in COMMANDS[:5]:
            sentence = warehouse.fails(*command.split())
            assert "reader may at most ask this warehouse" in sentence
        sentence = warehouse.fails("query", "select 1")
        assert "`grant warehouse_analyst to reader`" in sentence
        session.execute("grant warehouse_analyst to reader")
        assert warehouse("query", "--csv", "select 1 as one").out == "one\n1\n"
    finally:
        session.execute("drop owned by reader")
        session.execute("drop role reader")


STUBBORN = """
import signal
import sys
import time

from warehouse import cli
from warehouse.cli import commands

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it


def stubborn(**_):
    print("begun", flush=True)
    while True:
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            pass


commands.cli.main = stubborn
cli.PATIENCE_SECONDS = 0.1
cli.main()
"""


def test_what_does_not_end_when_it_is_interrupted_is_left_to_itself() -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", STUBBORN],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said.strip()) == (1, f"✗ {INTERRUPTED}")
