"""The demo on every supported PostgreSQL: the same story, the same numbers."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import api_examples
import msgspec
import psycopg
import pytest
from copies import ROOT
from mart_reader import KEYS

from warehouse.embedded import server
from warehouse.web import documentation

DEBIAN = Path("/usr/lib/postgresql/15/bin")
# when we landed it, not when it happened
CLOCKS = {
    *("first_landed_at", "received_at", "last_landed_at"),
    *("created_at", "updated_at", "flagged_at"),
}


def warehouse(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would, with nothing but these variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "warehouse", *arguments],
        env={**kept, "COLUMNS": "100", **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def marts(session: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every mart, its rows in order, without the times at which we landed something."""
    found = {}
    for mart, keys in KEYS.items():
        columns = [
            name
            for (name,) in session.execute(
                "select column_name from information_schema.columns"
                " where table_schema = 'marts' and table_name = %s order by ordinal_position",
                (mart,),
            )
            if name not in CLOCKS
        ]
        question = psycopg.sql.SQL("select {} from marts.{} order by {}").format(
            psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns)),
            psycopg.sql.Identifier(mart),
            psycopg.sql.SQL(", ").join(
                psycopg.sql.SQL('{}::text collate "C"').format(psycopg.sql.Identifier(key))
                for key in keys
            ),
        )
        found[mart] = session.execute(question).fetchall()
    return found


def show_and_read(variables: dict[str, str], address: str | None) -> dict[str, object]:
    """Run the demo twice, check what it says, and read its marts."""
    first = warehouse("demo", **variables)
    assert first.returncode == 0, first.stderr
    for heading in ("Rejected, and why", "Leaderboard", "Weekly cohorts", "Retention", "next"):
        assert heading in first.stdout
    assert "as of 2026-06-07" in first.stdout
    assert "Traceback" not in first.stderr
    second = warehouse("demo", **variables)
    assert second.returncode == 0, second.stderr
    assert second.stdout.startswith("There is nothing new")
    address = address or _embedded_address(variables)
    with psycopg.connect(address) as session:
        return dict(marts(session))


def _embedded_address(variables: dict[str, str]) -> str:
    home = Path(variables["WAREHOUSE_HOME"])
    record = (home / "server.json").read_text("utf-8")
    port = record.split('"port":')[1].split(",")[0].strip()
    password = (home / "warehouse.password").read_text("utf-8").strip()
    return f"postgresql://warehouse:{password}@127.0.0.1:{port}/warehouse_demo"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that every account can reach."""
    made = Path(tempfile.mkdtemp(prefix="warehouse demo "))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def numbers_on_18(folder: Path) -> Iterator[dict[str, object]]:
    """The demo's marts on the default server."""
    variables = {"WAREHOUSE_HOME": str(folder / "home 18")}
    try:
        yield show_and_read(variables, None)
    finally:
        assert warehouse("down", **variables).returncode == 0


def test_the_numbers_tell_the_story(numbers_on_18: dict[str, object]) -> None:
    assert all(numbers_on_18.values())


def shown_in(page: str) -> list[tuple[str, str]]:
    """Return the questions of a page of the documentation, each with the answer it shows."""
    text = (ROOT / page).read_text("utf-8")
    return re.findall(r"```sql\n(.+?)\n```\n\n```\n(.+?)\n```", text, re.DOTALL)


@pytest.mark.parametrize(("page", "fewest"), [("README.md", 3), ("docs/analysts.md", 9)])
def test_questions_show_real_answers(
    page: str, fewest: int, folder: Path, numbers_on_18: dict[str, object]
) -> None:
    """Where a page shows only a part of an answer (…), its lines are among the real ones."""
    assert numbers_on_18
    questions = shown_in(page)
    assert len(questions) >= fewest
    for question, shown in questions:
        answer = warehouse("query", "--demo", question, WAREHOUSE_HOME=str(folder / "home 18"))
        assert answer.returncode == 0, answer.stderr
        lines = [line.rstrip() for line in answer.stdout.splitlines() if line.strip()]
        *shown_lines, last = shown.splitlines()
        if last == " …":
            assert [line for line in shown_lines if line not in lines] == []
        else:
            assert [*shown_lines, last] == lines


def test_one_records_way_shows_real_rows(
    folder: Path, numbers_on_18: dict[str, object]
) -> None:
    """docs/how-it-works.md follows a record through raw and core, as the owner sees them."""
    assert numbers_on_18
    questions = shown_in("docs/how-it-works.md")
    assert len(questions) >= 5
    for question, shown in questions:
        answer = warehouse(
            *("psql", "-d", "warehouse_demo", "-c", question),
            WAREHOUSE_HOME=str(folder / "home 18"),
        )
        assert answer.returncode == 0, answer.stderr
        assert [line.rstrip() for line in answer.stdout.splitlines() if line] == (
            shown.splitlines()
        )


def test_the_record_shown_is_a_sample() -> None:
    page = (ROOT / "docs/how-it-works.md").read_text("utf-8")
    (shown,) = re.findall(r"```json\n(.+?)\n```", page, re.DOTALL)
    lines = (ROOT / "samples" / "instagram.ndjson").read_text("utf-8").splitlines()
    assert json.loads(shown) == json.loads(lines[21])


@pytest.mark.soak
def test_the_same_numbers_on_16(folder: Path, numbers_on_18: dict[str, object]) -> None:
    variables = {"WAREHOUSE_HOME": str(folder / "home 16"), "WAREHOUSE_POSTGRES_VERSION": "16"}
    assert 16 in server.INSTALLS
    try:
        assert show_and_read(variables, None) == numbers_on_18
    finally:
        warehouse("down", **variables)


@pytest.mark.soak
@pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's postgresql-15 is not installed")
def test_the_same_numbers_on_a_server_of_ones_own(
    folder: Path, numbers_on_18: dict[str, object]
) -> None:
    with own_server(folder) as address:
        variables = {"DATABASE_URL": address, "WAREHOUSE_HOME": str(folder / "home 15")}
        demo = address.replace("/mine", "/mine_demo")
        assert show_and_read(variables, demo) == numbers_on_18
        with psycopg.connect(address) as session:
            untouched = session.execute("select to_regnamespace('raw')").fetchone()
        assert untouched == (None,)
        answer = warehouse("query", "--demo", "table content_items", **variables)
        assert answer.returncode == 0, answer.stderr
        assert not (folder / "home 15" / "postgres").exists()


class own_server:  # noqa: N801 (reads as a statement)
    """Debian's PostgreSQL 15 on a free port, with a database `mine` of a user `owner`."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "postgresql 15"
        self._account = _account()

    def __enter__(self) -> str:
        self._data.mkdir()
        if self._account is not None:
            os.chown(self._data, self._account.pw_uid, self._account.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # a locale whose text order is not that of the embedded server, where there is one
        self._run("initdb", "-D", self._data, "-A", "trust", "-U", "postgres", "-E", "UTF8")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._run(
            "pg_ctl", "-D", self._data, "-w", "-o", options, "-l", self._data / "log", "start"
        )
        admin = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with psycopg.connect(admin, autocommit=True) as session:
            session.execute("create role owner login createdb createrole")
            session.execute("create database mine owner owner")
        return f"postgresql://owner@127.0.0.1:{port}/mine"

    def __exit__(self, *error: object) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "fast", "stop")

    def _run(self, program: str, *arguments: object) -> None:
        account = self._account
        subprocess.run(
            [DEBIAN / program, *map(str, arguments)],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )


def _account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as: never root."""
    return pwd.getpwnam("postgres") if os.geteuid() == 0 else None


def test_the_examples_of_the_api_are_real_answers(
    folder: Path, numbers_on_18: dict[str, object]
) -> None:
    assert numbers_on_18
    variables = {**os.environ, "WAREHOUSE_HOME": str(folder / "home 18")}
    with api_examples.demo_server(variables) as address:
        made = api_examples.made(address)
    assert timeless(made) == timeless(documentation.examples())
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    shown = re.findall(r"```console\n\$ curl '\S+?(/api\S+)'\n(.+?)\n```", page, re.DOTALL)
    assert len(shown) > 1
    answers = {each.request: each.answer for each in made.values()}
    for request, answer in shown:
        assert timeless(json.loads(answer)) == timeless(answers[request])


def timeless(value: object) -> object:
    """Return an answer without when we landed what, which is in cursors, too."""
    value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        return {
            name: bool(each) if name == "next" else timeless(each)
            for name, each in value.items()
            if name not in CLOCKS
        }
    return [timeless(each) for each in value] if isinstance(value, list) else value
