"""Landing what people name: files, folders, patterns, gzip, zip, standard input.

Source: what `warehouse.finding` found, in order; each member of a zip archive is a document.
Shape:  one `Result` per document, whatever became of it. Records of accounts that opted out
        are counted and not stored.
Errors: a document that cannot be read or recognised is a result with a sentence; the others
        still land. Errors of the database end the loading.
"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePath

import msgspec
import psycopg

from loaders.exchange import mapped
from loaders.exchange.mapping import Map
from loaders.landing import Load, Sink, Source, land
from loaders.landing.identity import MAP
from loaders.landing.suppression import Suppression
from loaders.parsing import times
from loaders.parsing.formats import Context, Format
from loaders.reading.archives import Unreadable, members
from loaders.reading.documents import BOM, Document, DocumentError, shown
from loaders.reading.tables import as_text
from loaders.reading.workbook import is_workbook
from loaders.registry import (
    PlatformModule,
    RecognitionError,
    UnknownFormatError,
    modules,
    recognise,
)
from warehouse import companions, suppressed, traces
from warehouse.errors import USAGE, WarehouseError
from warehouse.finding import STDIN, Found, find

__all__ = ["STDIN", "WORKSPACE", "Declared", "Found", "Result", "find", "load", "load_bytes"]

Sibling = Callable[[str], AbstractContextManager[Document | None]]  # by its path from there

WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")  # its name
MAPPED = "generic"  # the platform whose files need a map
OFFICE = "[Content_Types].xml"  # in every spreadsheet or text of today's office programs


@dataclass(frozen=True)
class Declared:
    """What the person says about the documents."""

    workspace: str
    platform: str | None = None
    account: str | None = None
    timezone: str | None = None
    date_order: times.Order | None = None
    map: Map | None = None  # of the columns of people's own files

    def context(self) -> Context:
        """The same, for the platform modules.

        Errors: WarehouseError (usage) for a platform or a time zone that is none, and for a
        platform beside a map.
        """
        if self.map is not None and self.platform not in (None, MAPPED):
            raise WarehouseError(
                "--platform cannot be used with --map, which names the platform.", USAGE
            )
        if self.platform is not None and self.platform not in modules():
            known = ", ".join(modules())
            raise WarehouseError(
                f"{self.platform!r} is not a platform; use one of {known}.", USAGE
            )
        try:
            zone = None if self.timezone is None else times.zone(self.timezone)
        except ValueError as error:
            raise WarehouseError(f"{error}; correct --timezone.", USAGE) from None
        return Context(account=self.account, timezone=zone, date_order=self.date_order)


@dataclass(frozen=True)
class Result:
    """What became of one document: a load, or why there is none.

    `problem` is a sentence about a document that should have landed; `companion` is what a
    file is that holds no data. `expected`: the formats of which it is none, by platform.
    """

    name: str
    platform: str | None = None
    fmt: Format | None = None
    load: Load | None = None
    problem: str | None = None
    companion: str | None = None
    expected: Mapping[str, Sequence[str]] = field(default_factory=dict)
    archive: str | None = None
    is_named: bool = False  # of a companion: named by itself, not found in a folder
    remark: str | None = None  # what of the file was left out


def load(
    place: psycopg.Connection | Sink,
    names: Iterable[Found | str],
    declared: Declared,
    on_progress: Callable[[str, int], None] | None = None,
    suppression: Suppression | None = None,
) -> Iterator[Result]:
    """Land documents one by one; each is committed before the next begins.

    `on_progress` receives the document's name and how many of its records have been read.
    Records of accounts that `suppression` names are counted and not stored; of a database it
    is found there.
    """
    loading = _Loading(place, declared, on_progress, suppression)
    for name in names:
        results = loading.of(Found(name) if isinstance(name, str) else name)
        while (result := _next(results, declared)) is not None:
            yield result


def _next(results: Iterator[Result], declared: Declared) -> Result | None:
    """Return the next result, its loading traced; null after the last."""
    begun = traces.now()
    result = next(results, None)
    if result is not None and result.load is not None:
        trace(begun, declared, result.platform, result.fmt, result.load)
    return result


def trace(
    begun: int, declared: Declared, platform: str | None, fmt: Format | None, done: Load
) -> None:
    """Trace the loading of a document that began then (`traces.now`)."""
    traces.record(
        "load",
        begun,
        traces.now(),
        workspace=declared.workspace,
        platform=platform,
        format=None if fmt is None else fmt.name,
        is_new=done.is_new,
        record_count=done.n_in,
        rejected_count=done.n_rejected,
    )


def load_bytes(
    session: psycopg.Connection,
    content: bytes,
    name: str,
    declared: Declared,
) -> Result:
    """Land a document in memory; within a transaction of the caller it is his to commit."""
    loading = _Loading(session, declared, None)
    with Document.of_bytes(content, name) as document:
        return loading.document(document, lambda _: nullcontext(), is_named=True)


class _Loading:
    """The loading of documents under one declaration."""

    def __init__(
        self,
        place: psycopg.Connection | Sink,
        declared: Declared,
        on_progress: Callable[[str, int], None] | None,
        suppression: Suppression | None = None,
    ) -> None:
        if suppression is None and isinstance(place, psycopg.Connection):
            suppression = partial(suppressed.accounts, place)
        self._place = place
        self._suppression = suppression
        self._declared = declared
        self._context = declared.context()
        self._on_progress = on_progress
        self._exporters: dict[str, str | None] = {}  # by the file that names one

    def of(self, found: Found) -> Iterator[Result]:
        """Land what one file holds: a document, or those of an archive."""
        name = "standard input" if found.is_stdin else shown(found.path)
        companion = companions.by_name(name) if found.is_walked else None
        if found.is_special:
            yield Result(name, companion=companions.SPECIAL)
        elif found.problem is not None:
            yield Result(name, problem=f"{name} {found.problem}")
        elif companion is not None:
            yield Result(name, companion=companion)
        else:
            try:
                with _open(found, name) as document:
                    if document.is_archive and not is_workbook(document):
                        yield from self._archive(document)
                    else:
                        yield self.document(
                            document, _beside(found), is_named=not found.is_walked
                        )
            except DocumentError as error:
                yield Result(name, problem=_absent(found, name) or str(error))
            except OSError as error:
                yield Result(name, problem=f"{name} cannot be read: {error.strerror}")

    def _archive(self, archive: Document) -> Iterator[Result]:
        """Land the documents of an archive, each by itself."""
        skipped: list[Result] = []

        def is_wanted(name: str) -> bool:
            companion = companions.by_name(name)
            if PurePath(name).name == OFFICE:
                raise DocumentError(
                    f"{archive.name} is an office document; save its table as CSV and load that"
                )
            if companion is not None:
                skipped.append(Result(name, companion=companion, archive=archive.name))
            return companion is None

        is_empty = True
        for member in members(archive, is_wanted):
            is_empty = False
            if isinstance(member, Unreadable):
                problem = f"{member.name} {member.problem}"
                yield Result(member.name, problem=problem, archive=archive.name)
            else:
                told = self.document(member, _within(archive, member.name))
                yield replace(told, archive=archive.name)
        yield from skipped
        if is_empty and not skipped:
            yield Result(archive.name, problem=f"{archive.name} holds no file")

    def document(
        self, document: Document, sibling: Sibling, *, is_named: bool = False
    ) -> Result:
        """Land one document; `sibling` opens another of its download."""
        try:
            sheet = None if self._declared.map is None else self._declared.map.sheet
            with as_text(document, sheet) as text:
                told = self._text(text.document, sibling, is_named=is_named)
                return replace(told, remark=text.remark)
        except DocumentError as error:
            return Result(document.name, problem=str(error))

    def _text(self, document: Document, sibling: Sibling, *, is_named: bool) -> Result:
        name = document.name
        try:
            is_empty = not document.head.removeprefix(BOM).strip()
            if is_empty and not is_named and self._declared.platform is None:
                return Result(name, companion=companions.EMPTY)
            module, fmt = self._format(document)
            exporter = self._exporter(document, module, sibling)
            done = self._land(document, module, fmt, exporter)
            return Result(name, module.PLATFORM, fmt, done)
        except UnknownFormatError as error:
            return _unknown(document, error, is_named=is_named)
        except (DocumentError, RecognitionError) as error:
            return Result(name, problem=str(error))
        except OSError as error:
            return Result(name, problem=f"{name} cannot be read: {error.strerror}")

    def _format(self, document: Document) -> tuple[PlatformModule, Format]:
        """Tell the format of a document; with a map it is told."""
        if self._declared.map is not None:
            return modules()[MAPPED], mapped.format_for(self._declared.map, document.head)
        return recognise(document, self._declared.platform)

    def _exporter(
        self, document: Document, module: PlatformModule, sibling: Sibling
    ) -> str | None:
        """Return the account that the nearest account file of the same download names."""
        for name in getattr(module, "ACCOUNT_FILES", ()):
            place = _relative(document.place, name)
            if place not in self._exporters:
                with sibling(name) as told:
                    account_of = getattr(module, "account_of")  # noqa: B009 (declared with it)
                    self._exporters[place] = None if told is None else account_of(told.head)
            if (account := self._exporters[place]) is not None:
                return account
        return None

    def _land(
        self, document: Document, module: PlatformModule, fmt: Format, exporter: str | None
    ) -> Load:
        declared, on_progress = self._declared, self._on_progress
        account = declared.account or exporter
        source = Source(
            workspace=declared.workspace,
            platform=module.PLATFORM,
            account=account,
            timezone=declared.timezone,
            options=None if declared.map is None else {MAP: msgspec.to_builtins(declared.map)},
        )
        return land(
            self._place,
            document,
            fmt,
            source,
            msgspec.structs.replace(self._context, account=account, exporter=exporter),
            on_progress=on_progress and (lambda n: on_progress(document.name, n)),
            suppression=self._suppression,
        )


def _relative(place: str, name: str) -> str:
    """Return the path of a file, given from the folder of another."""
    return posixpath.normpath(PurePath(place).parent / name)


def _beside(found: Found) -> Sibling:
    """Return what opens another file by its path from the same folder."""

    @contextmanager
    def sibling(name: str) -> Iterator[Document | None]:
        path = Path(_relative(found.path, name))
        if found.is_stdin or not path.is_file():
            yield None
            return
        with Document.open(path) as document:
            yield document

    return sibling


def _within(archive: Document, member: str) -> Sibling:
    """The same for a member of an archive."""

    @contextmanager
    def sibling(name: str) -> Iterator[Document | None]:
        wanted = _relative(member, name)
        with closing(members(archive, lambda found: found == wanted)) as matches:
            document = next(matches, None)
            yield document if isinstance(document, Document) else None

    return sibling


def _unknown(document: Document, error: UnknownFormatError, *, is_named: bool) -> Result:
    """What a document is that is in no known format."""
    name = document.name
    companion = companions.by_content(document.head)
    if companion := companion or companions.by_place(document.place):
        return Result(name, companion=companion, is_named=is_named)
    if foreign := companions.foreign(document.head):
        return Result(name, problem=f"{name} {foreign}")
    return Result(name, problem=str(error), expected=error.expected)


def _absent(found: Found, name: str) -> str | None:
    """Where there is nothing that could be read, return a sentence that says so."""
    if found.is_stdin:
        return None
    path = Path(found.path)
    if path.is_dir():
        return f"{name} holds no file that can be read"
    return None if path.exists() else f"There is no file at {name}"


def _open(found: Found, name: str) -> Document:
    if found.is_stdin:
        return Document.spool(sys.stdin.buffer, name)
    return Document.open(found.path)
