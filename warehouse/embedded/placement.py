"""Where the cluster lives and who owns its folders.

Source: the state folder and its record; what the service account can reach.
Shape:  the cluster's folder, `place`, is postgres/ in the state folder, with data/, log/ and
        socket/ (short paths only). Under root, where the account cannot reach that, it is a
        folder of `SYSTEM_FOLDER` whose file `home` names the state folder it belongs to.
        Only folders made here change owner or mode.
Units:  modes: `place` 0700, under root 0710 and root's with the account's group; data/, log/
        and socket/ 0700. Paths are absolute.
Errors: WarehouseError when no folder can be reached; OSError as it comes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from warehouse import state
from warehouse.embedded.account import Account, can_enter, service_account
from warehouse.embedded.processes import end_server, find_postmaster
from warehouse.errors import WarehouseError

SYSTEM_FOLDER = Path("/var/lib/engagement-warehouse")
LOG_BYTES = 10_000_000  # a longer log is set aside at the next start

_SOCKET_BYTES = 100  # a socket's path may take 104 to 108 bytes, by system

_logger = logging.getLogger(__name__)


def recorded_place(home: Path, record: state.Record) -> Path:
    """Folder of the cluster as recorded; `settle` decides it."""
    if record.place is None or _original(Path(record.place), home) is not None:
        return home / "postgres"
    return Path(record.place)


def settle(home: Path, record: state.Record) -> tuple[Path, Account | None]:
    """Decide and make the cluster's folder, also after the state folder moved; record it.

    Returns the folder and the account that PostgreSQL runs as (None: ourselves).
    """
    if record.place is not None:
        _claim(Path(record.place), home, record)
    place = recorded_place(home, record)
    account = service_account(place / "data")
    if account is None or find_postmaster(place / "data") is not None:
        _make_place(place, account)
    elif record.place is None:
        place = _choose(home, record, account)
        _give_back(place, account)
    state.write(home, record)
    return place, account


def make_private(folder: Path, account: Account | None) -> None:
    """Make a 0700 folder that belongs to whom PostgreSQL runs as."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def log_file(place: Path) -> Path:
    """The server's log."""
    return place / "log" / "postgres.log"


def prepare_log(place: Path, account: Account | None) -> Path:
    """The server's log, its folder made; a long one is set aside first."""
    log = log_file(place)
    if not log.parent.exists():
        make_private(log.parent, account)
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_name("postgres.old.log"))
    return log


def socket_folder(place: Path, record: state.Record) -> Path:
    """Folder of the socket as recorded."""
    return Path(record.socket) if record.socket is not None else place / "socket"


def prepare_socket(place: Path, account: Account | None, record: state.Record) -> str | None:
    """Make the private folder of the socket; its path when it is not in the cluster's own."""
    folder = place / "socket"
    if len(os.fsencode(folder)) + len(f"/.s.PGSQL.{record.port}") <= _SOCKET_BYTES:
        if not folder.exists():
            make_private(folder, account)
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


def _original(place: Path, home: Path) -> Path | None:
    """The state folder that `home` is a copy of, when the outside folder is that one's."""
    try:
        owner = Path((place / "home").read_text("utf-8"))
    except FileNotFoundError:
        return None
    copied = owner != home and owner.exists() and state.read(owner).place == str(place)
    return owner if copied else None


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


def _choose(home: Path, record: state.Record, account: Account) -> Path:
    """Make the cluster's folder where the account can reach it, the state folder first."""
    inside = home / "postgres"
    if record.made_home and can_enter(home.parent, account):
        os.chown(home, -1, account.gid)
        home.chmod(0o710)
    if can_enter(home, account):
        _make_place(inside, account)
        return inside
    place = _outside(home, account)
    record.place = str(place)
    if inside.exists():  # the state folder moved to where the account cannot go
        for child in inside.iterdir():
            shutil.move(child, place / child.name)
        inside.rmdir()
    return place


def _outside(home: Path, account: Account) -> Path:
    """A new folder of ours that the account can reach, for this state folder alone."""
    with suppress(OSError):
        SYSTEM_FOLDER.mkdir(mode=0o711)
        SYSTEM_FOLDER.chmod(0o711)
    place = SYSTEM_FOLDER / hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    if not can_enter(SYSTEM_FOLDER, account) or SYSTEM_FOLDER.stat().st_uid != 0:
        parent = Path(tempfile.mkdtemp(prefix="engagement-warehouse-"))
        parent.chmod(0o711)
        if not can_enter(parent, account):
            raise WarehouseError(
                f"Neither {home} nor {SYSTEM_FOLDER} nor {parent} can be reached by the "
                "service account; set WAREHOUSE_HOME to a folder under one that all may enter."
            )
        place = parent / "cluster"
    if place.exists() and (place / "home").read_text("utf-8") != str(home):
        place = Path(tempfile.mkdtemp(prefix=f"{place.name}-", dir=SYSTEM_FOLDER)) / "cluster"
        place.parent.chmod(0o711)
    if place.exists():  # its state folder was deleted, and the password with it
        end_server(place / "data")
        aside = place.with_suffix(".old")
        shutil.rmtree(aside, ignore_errors=True)
        place.rename(aside)
        _logger.warning("The data of a state folder deleted earlier are now in %s.", aside)
    _make_place(place, account)
    (place / "home").write_text(str(home), "utf-8")
    return place


def _make_place(place: Path, account: Account | None) -> None:
    """Make the cluster's folder: 0700, or root's with the account's group and 0710."""
    if not place.exists():
        place.mkdir(mode=0o700)
        if account is not None:
            os.chown(place, 0, account.gid)
            place.chmod(0o710)


def _give_back(place: Path, account: Account) -> None:
    """Give a cluster that root copied back to the account."""
    with suppress(FileNotFoundError):
        if (place / "data").stat().st_uid == 0:
            os.chown(place, 0, account.gid)
            place.chmod(0o710)
            for name in ("data", "log", "socket"):
                for folder, folders, files in os.walk(place / name):
                    for entry in (".", *folders, *files):
                        os.lchown(Path(folder, entry), account.uid, account.gid)
