"""The embedded server on real clusters: made, killed, moved, copied, full, and stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from own_servers import (
    LONG,
    OTHER,
    PRIVATE,
    START,
    mode,
    processes,
    python,
    use,
)

from warehouse.connection import resolve
from warehouse.embedded import cluster, server
from warehouse.errors import WarehouseError


def test_starts_stops_and_starts_again(stopped: Path) -> None:
    first = server.start()
    assert first.running
    assert first.version == server.DEFAULT_VERSION
    assert server.start() == first == server.status()
    target = resolve()
    with target.connect() as connection:
        connection.execute("create table public.kept as select 1 as number")
        row = connection.execute(
            "select current_setting('timezone'), current_setting('data_checksums'), "
            "current_setting('fsync'), current_setting('server_encoding'), "
            "current_setting('listen_addresses'), "
            "(select bool_and(auth_method = 'scram-sha-256') from pg_hba_file_rules)"
        ).fetchone()
    assert row == ("UTC", "on", "on", "UTF8", "127.0.0.1", True)
    assert server.stop()
    assert not server.is_running()
    assert not server.stop()
    assert not processes(first.data)
    again = server.start()
    assert again.port == first.port
    assert again.pid != first.pid
    with resolve().connect() as connection:
        assert connection.execute("select number from kept").fetchone() == (1,)


def test_a_long_path_has_its_socket_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder / ("long name " * 12) / ("länger " * 12)
    assert len(str(home)) > LONG
    use(home, monkeypatch)
    started = server.start()
    assert started.socket is not None
    assert not started.socket.is_relative_to(home)
    assert mode(started.socket) == PRIVATE
    with resolve().connect(host=str(started.socket)) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    server.stop()
    assert not started.socket.exists()


def test_survives_a_killed_postmaster_with_a_busy_worker(stopped: Path) -> None:
    started = server.start()
    with resolve().connect() as connection:
        connection.execute("create table public.survived as select 1 as number")
    assert started.pid is not None
    busy = python(
        "from warehouse.connection import resolve\n"
        "with resolve().connect() as connection:\n"
        "    print('busy', flush=True)\n"
        "    connection.execute('select count(*) from generate_series(1, 1000000000)')\n"
    )
    assert busy.stdout is not None
    assert busy.stdout.readline() == "busy\n"
    time.sleep(0.1)
    os.kill(started.pid, signal.SIGKILL)
    again = server.start()
    busy.communicate(timeout=20)
    assert again.pid != started.pid
    with resolve().connect() as connection:
        assert connection.execute("select number from survived").fetchone() == (1,)


def test_survives_a_killed_idle_postmaster(stopped: Path) -> None:
    started = server.start()
    assert started.pid is not None
    os.kill(started.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.is_running() and time.monotonic() < deadline:
        time.sleep(0.01)
    again = server.start()
    assert again.running and again.pid != started.pid


def test_a_stale_lock_file_of_another_process_does_not_stop_it(stopped: Path) -> None:
    started = server.start()
    lines = (started.data / "postmaster.pid").read_text().splitlines()
    server.stop()
    lines[0] = str(os.getpid())  # as after a reboot: the number is somebody else's now
    (started.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    assert not server.is_running()
    assert server.start().running


def test_two_processes_start_one_server_and_output_ends(home: Path) -> None:
    starters = [python(START) for _ in range(3)]
    said = {starter.communicate(timeout=30)[0] for starter in starters}
    assert said == {f"{server.status().pid}\n"}


def test_it_outlives_its_starter_and_interrupts(stopped: Path) -> None:
    starter = python(START)
    pid = int(starter.communicate(timeout=30)[0])
    assert server.status().pid == pid
    assert os.getsid(pid) != os.getsid(0)
    assert os.getpgid(pid) != os.getpgid(0)


def test_a_taken_port_is_replaced(stopped: Path) -> None:
    first = server.start()
    assert first.port is not None
    server.stop()
    with closing(socket.socket()) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((server.HOST, first.port))
        taken.listen()
        second = server.start()
        assert second.port != first.port
        with resolve().connect() as connection:
            assert connection.info.port == second.port


def test_a_moved_and_a_copied_state_folder_work(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = server.start()
    copy = home.with_name("copy of state")
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("socket"))  # as cp -r does
    use(copy, monkeypatch)
    assert not server.is_running()
    copied = server.start()
    assert copied.pid != first.pid
    assert copied.port != first.port
    server.stop()
    use(home, monkeypatch)
    assert server.status() == first
    server.stop()
    moved = home.with_name("moved")
    home.rename(moved)
    use(moved, monkeypatch)
    assert server.start().data.is_relative_to(moved)


def test_data_of_another_version_are_refused(home: Path) -> None:
    assert server.start(OTHER).version == OTHER
    with resolve().connect() as connection:
        assert connection.info.server_version // 10_000 == OTHER
    with pytest.raises(WarehouseError, match="are of PostgreSQL 16, not 18"):
        server.start(18)
    assert server.start().version == OTHER
    server.stop()
    (server.status().data / "PG_VERSION").write_text("14\n")
    with pytest.raises(WarehouseError, match="are of PostgreSQL 14"):
        server.start()


def test_a_failing_initdb_says_why_and_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "shared_buffers", lambda: "several")
    with pytest.raises(WarehouseError, match="shared_buffers"):
        server.start()
    assert not server.status().data.exists()
    assert not list(home.rglob("initial.password"))
    monkeypatch.undo()
    use(home, monkeypatch)
    assert server.start().running


def test_a_session_keeps_the_memory_that_planning_takes(stopped: Path) -> None:
    """Else each question of some megabytes asks the machine for a thousand pages anew."""
    server.start()
    wide = "select " + ", ".join(f"case when n > {i} then n + {i} end" for i in range(1600))
    with resolve().connect(autocommit=True) as session:
        backend = Path("/proc", str(session.info.backend_pid), "stat")

        def pages_fetched() -> int:
            return int(backend.read_text().rpartition(")")[2].split()[7])  # minor faults

        def ask() -> int:
            before = pages_fetched()
            session.execute(wide + " from generate_series(1, 1) as n")
            return pages_fetched() - before

        first = ask()
        ask()
        assert first > 500
        assert ask() < first / 10


def test_programs_print_their_version() -> None:
    for version in server.INSTALLS:
        for name in ("psql", "pg_dump"):
            said = subprocess.check_output([server.bin_dir(version) / name, "--version"])
            assert f" {version}.".encode() in said


def test_a_killed_start_is_made_good(home: Path) -> None:
    for seconds in (0.15, 0.3):
        starter = python(START)
        time.sleep(seconds)
        starter.kill()
        starter.communicate()
    with resolve().analyst().connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
