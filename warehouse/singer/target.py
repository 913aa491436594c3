"""Landing what a Singer tap writes, and giving back the state that has been reached.

Source: lines of a tap; a map per stream.
Shape:  loads of bounded size, each of one stream (and version) and committed alone. A STATE is
        handed to `emit` when everything that stood before it is committed. A record that cannot
        be read is a reject. What came of each stream is counted in `Told`.
Units:  counts are messages, lines counted from 1.
Errors: WarehouseError for what the rest of the stream depends on, naming the line; what stood
        before it is landed then. Errors of the database pass; nothing that is not committed has
        been emitted.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import msgspec
import psycopg

from loaders.exchange import singer
from loaders.exchange.mapping import Map
from loaders.landing import Load, Sink, Source, as_sink, land, versions
from loaders.landing.identity import MAP
from loaders.landing.suppression import Suppression
from loaders.parsing.formats import Format
from loaders.parsing.notes import Note
from loaders.reading.documents import Document
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES
from warehouse import suppressed
from warehouse.errors import WarehouseError
from warehouse.loading import MAPPED, Declared, trace
from warehouse.singer.batches import Batch, Kind
from warehouse.singer.reading import Patient, numbered
from warehouse.traces import now

MOST_SAID = 5  # lines that are no messages, one by one


@dataclass
class Told:
    """What came of one stream; of lines that are no messages where it has no name."""

    counts: Tally[str] = field(default_factory=Tally)  # records, landed, rejected, ...
    notes: Tally[Note] = field(default_factory=Tally)


class Target:
    """The landing of one input."""

    def __init__(
        self,
        place: psycopg.Connection | Sink,
        declared: Declared,
        maps: Mapping[str, Map],
        emit: Callable[[bytes], None],
        warn: Callable[[str], None],
        *,
        suppression: Suppression | None = None,
        is_complete: bool = False,
    ) -> None:
        if suppression is None and isinstance(place, psycopg.Connection):
            suppression = partial(suppressed.accounts, place)
        self._place, self._suppression = place, suppression
        self._declared, self._context = declared, declared.context()
        self._maps, self._known = maps, dict[str, Map]()  # of streams with a SCHEMA
        self._emit, self._warn = emit, warn
        self._is_complete = is_complete
        self._batch = Batch()
        self._name = ""
        self._versions: dict[str, int] = {}  # of which records have come
        self._waiting: dict[str, tuple[int, bytes]] = {}  # activated before their records
        self._unread_count = 0
        self.streams: dict[str | None, Told] = {}
        self.passed_over: Tally[str] = Tally()

    def read(self, descriptor: int, name: str) -> None:
        """Land everything that a descriptor holds."""
        self._name = name
        stream = Patient(descriptor, self._when_due, self._flush)
        try:
            for number, line in numbered(stream):
                self._take(number, line)
        except WarehouseError:
            self._flush()  # what stood before the line is as good as ever
            raise
        self._flush()
        if self._is_complete:
            for name_of_stream, (version, line) in list(self._waiting.items()):
                self._activate(name_of_stream, version, line)

    def _when_due(self) -> float | None:
        return self._batch.due()

    def _take(self, number: int, line: bytes | None) -> None:
        if line is None:
            self._set_aside(number, b"", f"has more than {MAX_RECORD_BYTES:,} bytes")
            return
        try:
            message = singer.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            is_json = isinstance(error, msgspec.ValidationError)
            problem = "is no Singer message" if is_json else "is not JSON"
            self._set_aside(number, line, problem)
            return
        match message.type:
            case "RECORD" if message.stream is not None and bytes(message.record):
                self._record(number, line, message.stream, message.version)
            case "STATE" if bytes(message.value):
                self._state(bytes(message.value))
            case "SCHEMA" if message.stream is not None:
                self._schema(number, message, message.stream)
            case "ACTIVATE_VERSION" if None not in (message.stream, message.version):
                self._activated(message.stream or "", message.version or 0, line)
            case "BATCH":
                raise WarehouseError(
                    f"Line {number:,} of {self._name} is a BATCH message, whose records are in "
                    "files elsewhere; let the tap write RECORD messages (leave `batch_config` "
                    "out of the configuration of a Meltano tap)."
                )
            case kind if kind in singer.KINDS:
                self._set_aside(number, line, f"is a {kind} message without what it needs")
            case _:
                self._set_aside(number, line, "has a type that no Singer message has")

    def _record(self, number: int, line: bytes, stream: str, version: int | None) -> None:
        if stream not in self._maps:
            self.passed_over[stream] += 1
        elif (told := self._known.get(stream)) is None:
            self._set_aside(
                number, line, f"is a RECORD of {stream!r} before its SCHEMA", stream
            )
        else:
            if version is not None:
                self._versions[stream] = version
            self._batch.add(Kind(stream, version), told, number, line)
            if self._batch.is_full():
                self._flush()

    def _set_aside(
        self, number: int, line: bytes, problem: str, stream: str | None = None
    ) -> None:
        """Keep a line that is no record as a reject."""
        self._unread_count += 1
        if self._unread_count <= MOST_SAID:
            self._warn(f"Line {number:,} of {self._name} {problem}; it is kept as a reject.")
        line = line[:MAX_REJECT_BYTES] or b"{"  # of what is too long nothing is kept
        told = None if stream is None else self._maps[stream]  # for a later try
        self._batch.add(Kind(stream, is_unread=True), told, number, line)
        if self._batch.is_full():
            self._flush()

    def _state(self, value: bytes) -> None:
        if self._batch.lines:
            self._batch.add_state(value)
            if self._batch.is_full():
                self._flush()
        else:
            self._emit(value)

    def _schema(self, number: int, message: singer.Message, stream: str) -> None:
        if stream not in self._maps:
            return
        try:
            told = singer.keyed(self._maps[stream], message)
        except singer.MessageError as error:
            raise WarehouseError(
                f"Line {number:,} of {self._name}: the SCHEMA of {stream!r} {error}; nothing "
                "after it was read."
            ) from None
        if self._known.get(stream) != told:
            self._flush()  # lines of one kind have one map
            self._known[stream] = told

    def _activated(self, stream: str, version: int, line: bytes) -> None:
        """Take back what an activated version lacks, if its records have been read."""
        told = self._known.get(stream)
        if told is None or told.record != "interaction":
            return
        if self._versions.get(stream) == version:
            self._flush()
            self._activate(stream, version, line)
        else:
            self._waiting[stream] = version, line

    def _activate(self, stream: str, version: int, line: bytes) -> None:
        source = self._source(Kind(stream, version), None)
        if (why := versions.hindrance(as_sink(self._place), source)) is not None:
            self._warn(
                f"Version {version} of {stream!r} takes nothing back, because {why}: what is "
                "missing in it may not be gone."
            )
            return
        self._waiting.pop(stream, None)
        load = self._land(line + b"\n", self._name, singer.activation(), source)
        rows = as_sink(self._place)
        with rows.landing():
            gone = rows.select(versions.GONE, {"load_id": load.load_id}, [load.load_id])
        self._told(stream).counts["taken back"] += gone[0][0] if load.is_new else 0

    def _flush(self) -> None:
        """Land what waits, then emit the states that it proves."""
        batch, self._batch = self._batch, Batch()
        for kind, lines in batch.lines.items():
            fmt = singer.unread() if kind.is_unread else singer.records(lines.map or Map())
            name = f"{self._name} from line {lines.first}"
            source = self._source(kind, lines.map)
            load = self._land(bytes(lines.content), name, fmt, source)
            told = self._told(kind.stream)
            told.counts["records"] += load.n_in
            told.counts["landed" if load.is_new else "known"] += load.n_landed
            told.counts["rejected"] += load.n_rejected
            told.notes.update(load.notes)
        for value in batch.states:
            self._emit(value)

    def _source(self, kind: Kind, told: Map | None) -> Source:
        options = kind.options()
        if told is not None:
            options[MAP] = msgspec.to_builtins(told)
        return Source(
            workspace=self._declared.workspace,
            platform=MAPPED,
            account=self._declared.account,
            timezone=self._declared.timezone,
            options=options,
        )

    def _land(self, content: bytes, name: str, fmt: Format, source: Source) -> Load:
        begun = now()
        with Document.of_bytes(content, name) as document:
            load = land(
                self._place,
                document,
                fmt,
                source,
                self._context,
                suppression=self._suppression,
            )
        trace(begun, self._declared, MAPPED, fmt, load)
        return load

    def _told(self, stream: str | None) -> Told:
        return self.streams.setdefault(stream, Told())
