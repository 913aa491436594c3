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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from loaders import times
from loaders.documents import Document, DocumentError
from loaders.formats import Context, Format
from loaders.landing import Load, Source, land
from loaders.recognition import RecognitionError, recognise
from loaders.records import RecordError
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
        """The same, for the platform modules."""
        try:
            zone = None if self.timezone is None else times.zone(self.timezone)
        except RecordError as error:
            raise WarehouseError(
                f"{error.detail}; give --timezone an IANA name such as Europe/Berlin.", USAGE
            ) from None
        return Context(account=self.account, timezone=zone)


@dataclass(frozen=True)
class Result:
    """What became of one document: a load, or a sentence that says why there is none."""

    name: str
    platform: str | None = None
    fmt: Format | None = None
    load: Load | None = None
    problem: str | None = None


def find(paths: Sequence[str]) -> list[str]:
    """The documents that some paths, folders and patterns stand for, each once."""
    found: dict[str, None] = {}
    for path in paths:
        if path == STDIN:
            found[STDIN] = None
        elif Path(path).is_dir():
            found.update(dict.fromkeys(_within(Path(path))))
        elif glob.has_magic(path) and not Path(path).exists():
            for match in sorted(glob.glob(path, recursive=True)):  # noqa: PTH207 (also absolute)
                found.update(dict.fromkeys(_within(Path(match))))
        else:
            found[path] = None
    return list(found)


def _within(path: Path) -> Iterator[str]:
    if not path.is_dir():
        yield str(path)
        return
    for child in sorted(path.iterdir()):
        if not child.name.startswith("."):
            yield from _within(child)


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
            return Result(name, module.PLATFORM, fmt, done)
    except (DocumentError, RecognitionError) as error:
        return Result(name, problem=str(error))
    except OSError as error:
        return Result(name, problem=f"{name} cannot be read: {error.strerror}")


def _open(name: str) -> Document:
    if name == STDIN:
        return Document.spool(sys.stdin.buffer, "standard input")
    return Document.open(name)
