"""The files that paths, folders and patterns on the command line stand for.

Source: paths as given; folders are walked, sorted by name, hidden files left out. A folder
        that a link leads back to is not walked again.
Shape:  one `Found` per file, each once, in order. What stands for nothing is kept as it is:
        opening it says what is wrong.
Errors: none; a folder that cannot be listed is found with its problem.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

STDIN = "-"


class Found(NamedTuple):
    """A file to load, or standard input, or something that is not to be opened."""

    path: str
    is_stdin: bool = False
    is_walked: bool = False  # found in a folder, not named by itself
    problem: str | None = None  # why it cannot be read
    is_special: bool = False  # a pipe, socket or device in a folder: reading may never end


def find(paths: Sequence[str]) -> list[Found]:
    """Return what some paths, folders and patterns stand for, each once.

    Only a bare `-` is standard input; `./-` is a file of that name.
    """
    found: dict[str, Found] = {}
    for path in paths:
        if path == STDIN:
            found[STDIN] = Found(STDIN, is_stdin=True)
            continue
        matches, is_pattern = [path], glob.has_magic(path) and not Path(path).exists()
        if is_pattern:
            matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (also absolute)
        files = [file for match in matches for file in _within(match, is_pattern=is_pattern)]
        for file in files or [Found(path)]:
            found.setdefault(_key(file.path), file)
    return list(found.values())


def _key(path: str) -> str:
    """Return what tells files apart, so that a file called `-` is not standard input."""
    return f"./{path}" if path == STDIN else path


def _within(path: str, *, is_pattern: bool) -> Iterator[Found]:
    file = Path(path)
    if file.is_dir():
        yield from _walk(path, frozenset())
    elif is_pattern:
        yield Found(path, is_walked=True, is_special=file.exists() and not file.is_file())
    else:
        yield Found(path)


def _walk(folder: str, above: frozenset[tuple[int, int]]) -> Iterator[Found]:
    """Yield the files of a folder and of those in it."""
    try:
        told = Path(folder).stat()
        with os.scandir(folder) as entries:
            children = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield Found(folder, is_walked=True, problem=f"cannot be read: {error.strerror}")
        return
    here = (told.st_dev, told.st_ino)
    for child in children if here not in above else ():
        if child.name.startswith("."):
            continue
        try:
            mode = child.stat().st_mode
        except OSError as error:
            problem = f"cannot be read: {error.strerror}"
            yield Found(child.path, is_walked=True, problem=problem)
            continue
        if stat.S_ISDIR(mode):
            yield from _walk(child.path, above | {here})
        else:
            yield Found(child.path, is_walked=True, is_special=not stat.S_ISREG(mode))
