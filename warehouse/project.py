"""The dbt project: what identifies its state, and dbt's own reading of it, kept between runs.

Source: the files of the project; the state folder.
Shape:  a fingerprint; dbt's manifest, as a pickle that only its owner can read or write.
Errors: none: dbt parses the project again where the pickle cannot be used, and says itself
        what is wrong with the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import stat
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from warehouse import state
from warehouse.connection import Target
from warehouse.transform import Dbt, variables

FILES = ("dbt_project.yml", "models", "macros", "seeds", "functions", "tests/dbt")
DBT = ("dbt-core", "dbt-adapters", "dbt-postgres")  # their own macros are part of a build
OWNERS_ALONE = 0o600
KEPT = 4  # pickles in the state folder: with and without variables, of some databases


class Fingerprint(NamedTuple):
    """What the marts depend on besides the data.

    `project`: the files, the variables and dbt's versions. `as_of`: the instant that views
    show, empty where they show the moment of a query.
    """

    project: str
    as_of: str

    def __str__(self) -> str:
        """Return what is remembered of a run."""
        return f"{self.project} {self.as_of}".rstrip()


def fingerprint(settings: dict[str, object]) -> Fingerprint:
    """Return what identifies this project with these variables."""
    others = {name: value for name, value in settings.items() if name != "as_of"}
    made_with = {"variables": others, "dbt": [version(name) for name in DBT]}
    digest = hashlib.sha256(json.dumps(made_with, sort_keys=True).encode())
    root = state.project_root()
    for name in FILES:
        path = root / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not file.name.startswith("."):
                digest.update(str(file.relative_to(root)).encode() + b"\0")
                digest.update(file.read_bytes() + b"\0")
    return Fingerprint(digest.hexdigest(), str(settings.get("as_of") or ""))


def manifest(target: Target, settings: dict[str, object], project: str) -> Any:
    """Return dbt's manifest of the project; None where dbt cannot parse it.

    `as_of` is in no manifest: dbt looks at it when it makes a statement.
    """
    file = _file(target, project)
    with suppress(Exception):  # whatever a damaged pickle raises; dbt parses then
        return _unpickled(file)
    found = Dbt(target).invoke(["parse", "--no-write-json", *variables(settings)]).result
    if found is None:
        return None
    _keep(file, found)
    return found


def _unpickled(file: Path) -> Any:
    """Return the manifest of a pickle; raise where it is not ours.

    Unpickling runs what the file says, so nobody else may have written it.
    """
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as stream:
        said = os.fstat(stream.fileno())
        if (said.st_uid, stat.S_IMODE(said.st_mode)) != (os.geteuid(), OWNERS_ALONE):
            raise PermissionError(file)
        name, found = pickle.load(stream)
    if name != file.name or type(found).__name__ != "Manifest":
        raise ValueError(file)
    return found


def _keep(file: Path, found: Any) -> None:
    """Write a pickle, whole or not at all, and delete the oldest ones."""
    draft = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):  # the build needs no pickle
        draft.unlink(missing_ok=True)  # a killed run of this number left it
        written = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNERS_ALONE)
        with os.fdopen(written, "wb") as stream:
            pickle.dump((file.name, found), stream, pickle.HIGHEST_PROTOCOL)
        draft.replace(file)
        kept = sorted(file.parent.glob("*.pickle"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)


def _file(target: Target, project: str) -> Path:
    """Return where a manifest is kept; the name says all that it depends on."""
    root = str(state.project_root())
    parts = [root, project, target.dbname, target.prefix, sys.version]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    folder = state.home() / "dbt" / "manifests"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{name}.pickle"
