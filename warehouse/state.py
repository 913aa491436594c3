"""The state folder: what the embedded server needs to find itself again.

Source: `WAREHOUSE_HOME`, else `.warehouse` next to dbt_project.yml (never the cwd).
Shape:  server.json (a `Record`), *.password (one line each), server.lock, postgres/.
Units:  the folder is 0700 (0710 with the service account's group under root, see
        `server`), each file in it 0600; files are replaced whole, never half written.
Errors: WarehouseError when the folder cannot be made, belongs to another user, or when
        another process holds the lock for longer than `LOCK_SECONDS`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from warehouse.errors import USAGE, WarehouseError

LOCK_SECONDS = 330.0  # longer than a start may take, `server.READY_SECONDS`
RECORD = "server.json"


class Record(msgspec.Struct, kw_only=True):
    """What is remembered of the embedded server between commands.

    `made_home`: the folder is our own work, so its group may be ours too. `place`: absolute
    folder of the cluster when it cannot live in the state folder. `port`: loopback, stable.
    `socket`: absolute folder of the socket when the state folder's path is too long.
    `prepared`: roles and rights are in place.
    """

    made_home: bool = False
    place: str | None = None
    port: int | None = None
    socket: str | None = None
    prepared: bool = False


def project_root() -> Path:
    """Folder that holds dbt_project.yml: the parent of this package, wherever the cwd is."""
    root = Path(__file__).resolve().parent.parent
    if not (root / "dbt_project.yml").is_file():
        raise WarehouseError(
            f"No dbt_project.yml in {root}; install the project with pip install -e, "
            "or set WAREHOUSE_HOME to the folder that should keep its state.",
            USAGE,
        )
    return root


def home_path() -> Path:
    """Where the state folder is or would be; absolute, symlinks resolved, nothing made."""
    given = os.environ.get("WAREHOUSE_HOME")
    return (Path(given).expanduser() if given else project_root() / ".warehouse").resolve()


def home() -> Path:
    """The state folder, made 0700 when it does not exist yet."""
    path = home_path()
    try:
        if not path.exists():
            _make(path)
        if not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    except OSError as error:
        raise _unusable(path, error) from None
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise WarehouseError(
            f"The state folder {path} is not yours to read and write; give yourself that "
            "right, run as its owner, or set WAREHOUSE_HOME to a folder of your own."
        )
    return path


def read(path: Path) -> Record:
    """The record kept in the state folder `path`; the empty one when there is none yet."""
    try:
        return msgspec.json.decode((path / RECORD).read_bytes(), type=Record)
    except FileNotFoundError:
        return Record()
    except msgspec.MsgspecError:
        raise WarehouseError(
            f"{path / RECORD} is damaged; delete that file and start the server again."
        ) from None
    except OSError as error:
        raise _unusable(path, error) from None


def write(path: Path, record: Record) -> None:
    """Replace the record of the state folder `path`, whose lock the caller holds."""
    replace(path / RECORD, msgspec.json.format(msgspec.json.encode(record)))


def password(path: Path, role: str, *, generate: bool) -> str:
    """Password of `role`, from its 0600 file; made there first where `generate` allows."""
    file = path / f"{role}.password"
    try:
        return file.read_text("ascii").strip()
    except FileNotFoundError:
        if not generate:
            raise WarehouseError(
                f"{file} is missing, so the server cannot be used; put it back from a backup, "
                f"or stop the server and delete {path} to begin again with an empty one."
            ) from None
    except OSError as error:
        raise _unusable(path, error) from None
    made = secrets.token_urlsafe(24)
    replace(file, made.encode("ascii") + b"\n")
    return made


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the state folder's lock: one process at a time starts, stops or prepares."""
    descriptor = os.open(path / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        give(descriptor, path)
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
            if time.monotonic() > deadline:
                raise WarehouseError(
                    "Another process has been starting or stopping the server for "
                    f"{LOCK_SECONDS:.0f} s; wait for it or end it, then try again."
                )
            time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def replace(file: Path, content: bytes) -> None:
    """Write `file` whole and 0600; under root it goes to the owner of the folder."""
    draft = file.with_name(
        f".{file.name}.new"
    )  # one writer at a time: what it left is replaced
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        give(descriptor, file.parent)
        stream.flush()
        os.fsync(descriptor)
    draft.replace(file)


def give(descriptor: int, folder: Path) -> None:
    """Under root, a file belongs to the owner of its folder, who may use it later."""
    if os.geteuid() == 0:
        os.fchown(descriptor, folder.stat().st_uid, -1)


def _make(path: Path) -> None:
    """Make the folder with its first record in one step, whoever else is making it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".warehouse-", dir=path.parent))
    try:
        write(draft, Record(made_home=True))
        draft.rename(path)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _unusable(path: Path, error: OSError) -> WarehouseError:
    return WarehouseError(
        f"The state folder {path} cannot be used ({error.strerror}); correct that, or set "
        "WAREHOUSE_HOME to another folder."
    )
