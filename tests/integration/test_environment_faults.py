"""Faults of the environment end with one sentence and exit code 1, and leave nothing half-done.

A full disk is a file system of two mebibytes where we may mount one, elsewhere a server that
says so. Memory runs out because the limit of one server process is lowered to what it has.
Servers that do not answer, logins that may only read and damaged addresses are in test_cli.py
and test_connection.py; what happens to the embedded server itself is in test_server.py.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from installation import DATABASE, EMPTY, Installation, Said, own_installation
from killed_commands import LOAD_POINTS, Point, await_moment, end
from psycopg import sql

from warehouse.embedded import server

IN_COPY = LOAD_POINTS[2]
IN_A_MODEL = Point("in a model", "lock table raw.model_progress in exclusive mode")
COUNTS = (
    "select (select count(*) from raw.loads), (select count(*) from raw.interactions),"
    " (select count(*) from raw.rejects)"
)
GREEDY = """
create or replace function raw.be_greedy() returns trigger language plpgsql as $$
begin
    perform length(repeat('x', 200000000));
    return new;
end $$;
create trigger be_greedy after insert on raw.interactions
    for each statement execute function raw.be_greedy();
"""
FULL = """
create or replace function raw.be_full() returns trigger language plpgsql as $$
begin
    raise exception 'could not extend file: No space left on device' using errcode = '53100';
end $$;
create trigger be_full before insert on raw.interactions
    for each statement execute function raw.be_full();
"""


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """A server of its own, with an empty warehouse."""
    with own_installation() as made:
        made.prepare()
        yield made


@pytest.fixture
def empty(installation: Installation) -> Installation:
    """The same, empty again."""
    installation.copy_database(EMPTY, DATABASE)
    return installation


def failed(said: Said, phrase: str) -> None:
    """A command failed in one sentence, which says what and what to do."""
    assert said.code == 1, said
    (sentence,) = said.problems
    assert re.search(phrase, sentence), sentence


def counts(installation: Installation) -> tuple[int, ...]:
    """Loads, interactions and rejects in raw."""
    with installation.observer() as session:
        row = session.execute(COUNTS).fetchone()
    assert row is not None
    return tuple(row)


def interrupted(
    installation: Installation, command: str, at: Point, action: Callable[[int], object]
) -> Said:
    """A command to which something happens when it is at a point."""
    assert at.hold is not None
    with installation.observer() as session, installation.observer() as holder:
        holder.execute("begin")
        holder.execute(at.hold)
        running = installation.begin(command, 0)
        try:
            pid = await_moment(session, running, at)
            assert pid is not None, installation.ended(running)
            action(pid)
            holder.close()
            return installation.ended(running)
        finally:
            end(running)


def end_session(installation: Installation) -> Callable[[int], object]:
    """An administrator ends the session."""

    def terminate(pid: int) -> None:
        with installation.observer() as session:
            session.execute("select pg_terminate_backend(%s)", (pid,))

    return terminate


def restart(pid: int) -> None:
    """The server is shut down; the next command starts it.

    Its sessions end one after the other: this one stands still until it is told to end, so
    that it does not go on with what another one has held.
    """
    postmaster = server.status().pid
    assert postmaster is not None
    os.kill(pid, signal.SIGSTOP)
    while not stands_still(pid):  # before that, what it is told next would come first
        time.sleep(0.005)
    os.kill(postmaster, signal.SIGINT)
    while not is_told_to_end(pid):
        time.sleep(0.005)
    os.kill(pid, signal.SIGCONT)


def stands_still(pid: int) -> bool:
    """Whether a process has been stopped."""
    return Path(f"/proc/{pid}/status").read_text().split("State:")[1].split()[0] == "T"


def is_told_to_end(pid: int) -> bool:
    """Whether a process that stands still has a SIGTERM to come."""
    status = Path(f"/proc/{pid}/status").read_text()
    waiting = status.split("ShdPnd:")[1].split()[0]
    return bool(int(waiting, 16) >> (signal.SIGTERM - 1) & 1)


def limit_memory(pid: int) -> None:
    """A server process gets no more memory than it has; only its own account may say so."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    limit = pages * resource.getpagesize()
    account = Path(f"/proc/{pid}").stat()
    is_other = account.st_uid != os.geteuid()
    subprocess.run(
        ["prlimit", f"--pid={pid}", f"--as={limit}:{limit}"],
        user=account.st_uid if is_other else None,
        group=account.st_gid if is_other else None,
        check=True,
    )


@contextmanager
def full_disk(installation: Installation) -> Iterator[None]:
    """New interactions have a page or two left."""
    folder = installation.home.parent / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:  # an ordinary user
        with installation.observer() as session:
            session.execute(FULL)
            yield
            session.execute("drop function raw.be_full cascade")
        return
    try:
        owner = server.status().data.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        with installation.observer() as session:
            session.execute(
                sql.SQL("create tablespace small location {}").format(sql.Literal(str(folder)))
            )
            session.execute("alter table raw.interactions set tablespace small")
            room = os.statvfs(folder)
            (folder / "filler").write_bytes(bytes(room.f_frsize * room.f_bavail - 8192))
            yield
            (folder / "filler").unlink()
            session.execute("alter table raw.interactions set tablespace pg_default")
            session.execute("drop tablespace small")
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.soak
def test_a_full_disk_during_a_run(empty: Installation) -> None:
    empty.load(0)
    full = FULL.replace("raw.interactions", "raw.model_progress").replace(
        "before insert", "before insert or update"
    )
    with empty.observer() as session:
        session.execute(full)
    failed_run = empty.ended(empty.begin("run", 0))
    assert failed_run.code == 1
    assert any("the server's disk is full" in line for line in failed_run.problems)
    assert all("CONTEXT" not in line for line in failed_run.problems)
    with empty.observer() as session:
        session.execute("drop function raw.be_full cascade")
    assert "used 6 loads" in empty.ended(empty.begin("run", 0)).out


def assert_lands(installation: Installation) -> None:
    """Nothing was half-done, and the same command now does it all."""
    assert counts(installation) == (0, 0, 0)
    installation.load(0)
    assert counts(installation)[0] == len(list(installation.deliveries[0].iterdir()))


def test_a_full_disk(empty: Installation) -> None:
    with full_disk(empty):
        said = empty.ended(empty.begin("load", 0))
    failed(said, "No space left on device.*free some space")
    assert_lands(empty)


def test_no_memory_for_a_statement(empty: Installation) -> None:
    with empty.observer() as session:
        session.execute(GREEDY)
    said = interrupted(empty, "load", IN_COPY, limit_memory)
    failed(said, "out of memory.*run it again")
    assert_lands(empty)


def test_a_session_that_is_ended(empty: Installation) -> None:
    said = interrupted(empty, "load", IN_COPY, end_session(empty))
    failed(said, "terminating connection.*run it again")
    assert_lands(empty)


def test_a_server_that_restarts(empty: Installation) -> None:
    said = interrupted(empty, "load", IN_COPY, restart)
    failed(said, "(terminating|closed the) connection.*run it again")
    assert_lands(empty)


@contextmanager
def read_only(installation: Installation) -> Iterator[None]:
    """The server takes no writes."""
    with installation.observer("postgres") as session:
        session.execute("alter database warehouse set default_transaction_read_only = on")
        yield
        session.execute("alter database warehouse reset default_transaction_read_only")


def test_a_server_that_is_read_only(empty: Installation) -> None:
    with read_only(empty):
        failed(empty.ended(empty.begin("load", 0)), "read-only.*accepts writes")
    assert_lands(empty)


def test_a_wrong_password(empty: Installation) -> None:
    target = empty.target()
    address = f"postgresql://{target.user}:wr0ng@{target.host}:{target.port}/{target.dbname}"
    for command in ("load", "run"):
        said = empty.ended(empty.begin(command, 0, DATABASE_URL=address))
        failed(said, "refused the password of warehouse; correct it")
        assert "wr0ng" not in said.err
    assert_lands(empty)


def test_a_port_that_another_program_has(empty: Installation) -> None:
    """As an address it is refused; the embedded server takes another port."""
    port = empty.target().port
    empty.stop()
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((server.HOST, port))
        taken.listen()
        address = f"postgresql://me@{server.HOST}:{port}/numbers?connect_timeout=2"
        said = empty.ended(empty.begin("load", 0, DATABASE_URL=address))
        failed(said, f"127.0.0.1:{port}/numbers .*does not answer; check host, port")
        assert_lands(empty)
        assert empty.target().port != port


@pytest.mark.soak
def test_a_run_goes_on_after_every_fault(empty: Installation) -> None:
    """Faults one after the other; what is finished in the end is what a rebuild makes."""
    empty.load(0)
    before = counts(empty)
    with read_only(empty):
        failed(empty.ended(empty.begin("run", 0)), "read-only")
    for action, phrase in (
        (end_session(empty), "(closed|terminat).*connection|connection.*(closed|terminat)"),
        (restart, "(terminating|closed the) connection|is shutting down"),
    ):
        failed(interrupted(empty, "run", IN_A_MODEL, action), phrase)
    assert counts(empty) == before
    empty.finish(0)
    found = empty.digests()
    empty.run("rebuild", "--as-of", "2026-06-07T23:59:59Z")
    assert empty.digests() == found
    assert empty.leftovers() == []
