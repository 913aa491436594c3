"""The dbt project: what identifies its state, and dbt's own reading of it, kept between runs.

Source: the files of the project; the state folder.
Shape:  a fingerprint; dbt's manifest, as a pickle that only its owner can read or write.
Errors: none: dbt parses the project again where the pickle cannot be used, and says itself
        what is wrong with the project.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from warehouse import own_files, state
from warehouse.connection import Target
from warehouse.transform import Dbt, variables

FILES = ("dbt_project.yml", "models", "macros", "seeds", "functions", "tests/dbt")
DBT = ("dbt-core", "dbt-adapters", "dbt-postgres")  # their own macros are part of a build
KEPT = 4  # pickles in the state folder: with and without variables, of some databases
TEMPLATES = ".templates"


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
            if file.is_file() and file.suffix != ".pyc" and not file.name.startswith("."):
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
    """Return the manifest of a pickle; raise where it is not ours."""
    name, found = pickle.loads(own_files.read(file))
    if name != file.name or type(found).__name__ != "Manifest":
        raise ValueError(file)
    index_anew(found)
    return found


def index_anew(manifest: Any) -> None:
    """Let a manifest index its nodes anew: dbt pickles the indexes into wrong fields."""
    for name in vars(manifest):
        if name.endswith("_lookup"):
            setattr(manifest, name, None)
    manifest.fixtures = {}  # files of unit tests, which no run has


def _keep(file: Path, found: Any) -> None:
    """Write a pickle, and delete the oldest ones."""
    with suppress(OSError):  # the build needs no pickle
        own_files.write(file, pickle.dumps((file.name, found), pickle.HIGHEST_PROTOCOL))
        kept = sorted(file.parent.glob("*.pickle"), key=lambda path: path.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.with_suffix(TEMPLATES).unlink(missing_ok=True)
            old.unlink(missing_ok=True)


def templates(target: Target, project: str) -> Path:
    """Return the file for what dbt makes of the project's templates."""
    return _file(target, project).with_suffix(TEMPLATES)


def _file(target: Target, project: str) -> Path:
    """Return where a manifest is kept; the name says all that it depends on."""
    root = str(state.project_root())
    parts = [root, project, target.dbname, target.prefix, sys.version]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    folder = state.home() / "dbt" / "manifests"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{name}.pickle"
