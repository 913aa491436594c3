"""Whom PostgreSQL runs as, and running commands as that account.

Source: the owner of the data, else the users `postgres` and `nobody` of this machine.
Shape:  an `Account` under root, which PostgreSQL refuses; None for an ordinary user, who
        runs everything as themselves.
Errors: WarehouseError when root can become none of these; `run` raises nothing.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseError

_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """The unprivileged account that PostgreSQL runs as when we are root."""

    uid: int
    gid: int


def service_account(data: Path) -> Account | None:
    """Whom to run PostgreSQL as; None means ourselves, an ordinary user."""
    if os.geteuid() != 0:
        return None
    with suppress(FileNotFoundError):
        owner = data.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            account = Account(entry.pw_uid, entry.pw_gid)
            if can_enter(Path("/"), account):
                return account
    raise WarehouseError(
        "PostgreSQL refuses to run as root and neither user postgres nor nobody can be used "
        "instead; run as an ordinary user, or set DATABASE_URL to use a server of your own."
    )


def run(command: Sequence[object], account: Account | None) -> tuple[int, str]:
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


def can_run(program: Path, account: Account | None) -> bool:
    """Whether the account can run a program, its libraries included."""
    return run([program, "--version"], account)[0] == 0


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account can reach a folder and change to it."""
    return run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account)[0] == 0
