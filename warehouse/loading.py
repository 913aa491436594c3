"""Landing what people name: files, folders, patterns, gzip, standard input.

Source: paths as given on the command line, in order; folders are walked, sorted by name,
        hidden files left out.
Shape:  one `Result` per document, whatever became of it.
Errors: a document that cannot be read or recognised is a result with a sentence; the others
        still land. Errors of the database end the loading.
"""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from loaders import times
from loaders.documents import Document, DocumentError
from loaders.formats import Context, Format
from loaders.landing import Load, Source, land
from loaders.recognition import RecognitionError, UnknownFormatError, modules, recognise
from warehouse.errors import USAGE, WarehouseError

STDIN = "-"


@dataclass(frozen=True)
class Declared:
    """What the person says about the documents."""

    workspace: str
    platform: str | None = None
    account: str | None = None
    timezone: str | None = None

    def context(self) -> Context:
        """The same, for the platform modules.

        Errors: WarehouseError (usage) for a platform or a time zone that is none.
        """
        if self.platform is not None and self.platform not in modules():
            known = ", ".join(modules())
            raise WarehouseError(
                f"{self.platform!r} is no platform; --platform is one of {known}.", USAGE
            )
        try:
            zone = None if self.timezone is None else times.zone(self.timezone)
        except ValueError as error:
            raise WarehouseError(f"{error}; correct --timezone.", USAGE) from None
        return Context(account=self.account, timezone=zone)


@dataclass(frozen=True)
class Result:
    """What became of one document: a load, or a sentence that says why there is none.

    `expected`: the formats of which it is none, by platform.
    """

    name: str
    platform: str | None = None
    fmt: Format | None = None
    load: Load | None = None
    problem: str | None = None
    expected: Mapping[str, Sequence[str]] = field(default_factory=dict)


def find(paths: Sequence[str]) -> list[str]:
    """The documents that some paths, folders and patterns stand for, each once.

    What stands for none is kept as it is: landing it says what is wrong.
    """
    found: dict[str, None] = {}
    for path in paths:
        if path == STDIN:
            found[STDIN] = None
            continue
        matches = [path]
        if glob.has_magic(path) and not Path(path).exists():
            matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (also absolute)
        names = [name for match in matches for name in _within(Path(match))]
        found.update(dict.fromkeys(names or [path]))
    return list(found)


def _within(path: Path, above: frozenset[Path] = frozenset()) -> Iterator[str]:
    """The files of a folder; a link back to a folder above it leads nowhere."""
    if not path.is_dir():
        yield str(path)
        return
    try:
        children = sorted(path.iterdir())
    except OSError:
        yield str(path)  # landing it says what is wrong
        return
    folder = path.resolve()
    for child in children:
        if not child.name.startswith(".") and folder not in above:
            yield from _within(child, above | {folder})


def load(
    session: psycopg.Connection,
    names: Iterable[str],
    declared: Declared,
    on_progress: Callable[[str, int], None] | None = None,
) -> Iterator[Result]:
    """Land documents one by one; each is committed before the next begins.

    `on_progress` is told the document and how many of its records have been read.
    """
    context = declared.context()
    for name in names:
        yield _load(session, name, declared, context, on_progress)


def _load(
    session: psycopg.Connection,
    name: str,
    declared: Declared,
    context: Context,
    on_progress: Callable[[str, int], None] | None,
) -> Result:
    try:
        with _open(name) as document:
            module, fmt = recognise(document, declared.platform)
            source = Source(
                workspace=declared.workspace,
                platform=module.PLATFORM,
                account=declared.account,
                timezone=declared.timezone,
            )
            done = land(
                session,
                document,
                fmt,
                source,
                context,
                on_progress=None if on_progress is None else lambda n: on_progress(name, n),
            )
            return Result(document.name, module.PLATFORM, fmt, done)
    except UnknownFormatError as error:
        return Result(name, problem=str(error), expected=error.expected)
    except (DocumentError, RecognitionError) as error:
        return Result(name, problem=_absent(name) or str(error))
    except OSError as error:
        subject = "standard input" if name == STDIN else name
        return Result(name, problem=f"{subject} cannot be read: {error.strerror}")


def _absent(name: str) -> str | None:
    """Where there is nothing that could be read, a sentence that says so."""
    if Path(name).is_dir():
        return f"{name} holds no file that can be read"
    if name != STDIN and not Path(name).exists():
        return f"There is no file at {name}"
    return None


def _open(name: str) -> Document:
    if name == STDIN:
        return Document.spool(sys.stdin.buffer, "standard input")
    return Document.open(name)
