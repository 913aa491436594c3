"""Folders that are watched: what is new in them and has stopped changing is loaded.

Source: paths, folders and patterns, as `warehouse load` takes them.
Shape:  `Folders.land` is one look; it yields a result per document that it has loaded, or
        could not load.
Units:  looks.
Errors: those of the database; the file at which they came is tried again at the next look,
        after the others.
"""

from __future__ import annotations

import glob
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from warehouse import loading
from warehouse.errors import USAGE, WarehouseError
from warehouse.finding import STDIN, Found, find
from warehouse.loading import Declared, Result

PATIENCE = 12  # looks for which a folder may keep on changing


class Mark(NamedTuple):
    """What tells one state of a file from another without reading it."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int  # also of its rights, which may be why it could not be read


Files = dict[str, tuple[Found, Mark]]  # by path


class Folders:
    """Watched paths under one declaration.

    A file is read once it is the same at two looks in a row, and again only after a change. The
    files of a folder within a watched one belong together, as those of a download do: they
    wait until nothing in that folder changes, but no longer than `PATIENCE` looks.
    """

    def __init__(self, paths: Sequence[str], declared: Declared) -> None:
        for path in paths:
            if path == STDIN:
                raise WarehouseError("Standard input cannot be watched; name a folder.", USAGE)
            if not glob.has_magic(path) and not Path(path).exists():
                raise WarehouseError(
                    f"There is no folder or file {path}; create it, then watch it.", USAGE
                )
        self._paths, self._declared = paths, declared
        self._seen: dict[str, Files] = {}  # at the last look, by group
        self._restless: Counter[str] = Counter()  # looks for which a group has been changing
        self._done: dict[str, Mark] = {}  # what has been read, by path
        self._failures: Counter[str] = Counter()  # errors of the database, by path

    def land(self, session: psycopg.Connection) -> Iterator[Result]:
        """Load what is new and has stopped changing."""
        new = sorted(self._look(), key=lambda item: self._failures[item[0].path])
        yield from loading.load(session, self._one_by_one(new), self._declared)

    def _one_by_one(self, new: Sequence[tuple[Found, Mark]]) -> Iterator[Found]:
        """Yield what is to be loaded; the next one is asked for when one is done."""
        for found, mark in new:
            self._failures[found.path] += 1
            yield found
            del self._failures[found.path]
            self._done[found.path] = mark

    def _look(self) -> Iterator[tuple[Found, Mark]]:
        """Yield the files that have not been read as they are, and are as at the last look."""
        groups = self._groups()
        for name, files in groups.items():
            before = self._seen.get(name, {})
            self._restless[name] = 0 if files == before else self._restless[name] + 1
            if self._restless[name] > PATIENCE or files == before:
                yield from (
                    (found, mark)
                    for path, (found, mark) in files.items()
                    if path in before
                    and before[path][1] == mark
                    and self._done.get(path) != mark
                )
        self._seen = groups
        there = {path for files in groups.values() for path in files}
        for kept in (self._done, self._failures):
            for path in kept.keys() - there:
                del kept[path]
        for name in self._restless.keys() - groups.keys():
            del self._restless[name]

    def _groups(self) -> dict[str, Files]:
        """Return the regular files that are there now, by what belongs together."""
        groups: dict[str, Files] = {}
        known: set[str] = set()
        for root in self._paths:
            for found in find([root]):
                mark = _mark(found)
                if mark is not None and found.path not in known:
                    known.add(found.path)
                    group = groups.setdefault(_group(root, found.path), {})
                    group[found.path] = found, mark
        return groups


def _mark(found: Found) -> Mark | None:
    """Return the state of a regular file, or of what cannot be read; None for all else."""
    try:
        told = Path(found.path).stat()
    except OSError:
        return None if found.problem is None else Mark(0, 0, 0, 0, 0)
    if not stat.S_ISREG(told.st_mode) and found.problem is None:
        return None
    return Mark(told.st_dev, told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def _group(root: str, path: str) -> str:
    """Return what of a watched folder a file belongs to: the folder or file right in it."""
    if not Path(path).is_relative_to(root):
        return path  # found by a pattern
    parts = Path(path).relative_to(root).parts
    return str(Path(root, *parts[:1]))
