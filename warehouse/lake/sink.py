"""Landing in a lake: the files of a load, and its manifest, whose name is the commit.

Source: the folder of a lake; no server. Many processes may land at once.
Shape:  files per table and load; the file in `raw/loads` is named last. Rows of a load that is
        not there do not count, and the next landing removes them.
Units:  memory holds a COPY's rows twice and a row group per table.
Errors: those of the file system, of pyarrow and of DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec
from msgspec.structs import astuple
from psycopg import sql

from loaders.landing.suppression import Filter
from loaders.landing.writing import INTERACTIONS
from loaders.parsing.times import EPOCH
from warehouse import suppressed
from warehouse.lake import erasures, extra, locks
from warehouse.lake.clearing import clear_up
from warehouse.lake.files import Draft, keep_names, parsed
from warehouse.lake.layout import CLOSED, LOADS, Lake, arrow_schema, columns
from warehouse.lake.manifests import Manifest, Manifests
from warehouse.lake.questions import Questions, tables_of

if TYPE_CHECKING:
    from loaders.landing.identity import Known
    from loaders.landing.sinks import Counts, Notes, Statement
    from loaders.landing.writing import Table

NOTES, DECISIONS = "load_notes", "decisions"
SUPPRESSION = ("opted_out", "opted_in", "erased")
BATCH_ROWS = 50_000
_DECLARED = ("platform", "format", "account", "timezone", "replay_of")
_COUNTED = ("n_in", "n_landed", "n_rejected", "n_suppressed")
_BROUGHT_BACK = sql.SQL(
    "select ours.* replace (case when ours.version_at is null and ours.native_id in ("
    "select former.native_id from raw.interactions as former"
    " where former.load_id = any(%(of)s) and former.is_retracted)"
    " then %(received_at)s else ours.version_at end as version_at)"
    " from raw.interactions as ours where ours.load_id = %(load_id)s"
)

_encode = msgspec.json.Encoder(order="deterministic").encode


class _Load:
    """The files of the load that is landing."""

    def __init__(self, lake: Lake, manifest: Manifest, claim: Path) -> None:
        self.manifest = manifest
        self.load_id: int = manifest["load_id"]
        self._lake = lake
        self._claim = claim
        self._drafts: dict[str, list[Draft]] = {}
        self._named: list[Path] = []
        self._thread = ThreadPoolExecutor(1)
        self._waiting: Future[None] | None = None
        self.is_committed = False

    def draft(self, table: str) -> Draft:
        """Begin a further file of a table."""
        drafts = self._drafts.setdefault(table, [])
        number = f"-{len(drafts)}" if drafts else ""
        file = self._lake.table(table) / f"load-{self.load_id}{number}.parquet"
        drafts.append(Draft(file, arrow_schema(table)))
        return drafts[-1]

    def append(self, table: Table, rows: bytearray) -> None:
        """Write rows while the next ones are read; one part waits at most."""
        self.wait()
        self._waiting = self._thread.submit(self._write, table, rows)

    def _write(self, table: Table, rows: bytearray) -> None:
        drafts = self._drafts.get(table.name)
        draft = drafts[0] if drafts else self.draft(table.name)
        draft.add(parsed(table, rows))

    def wait(self) -> None:
        """Return when all rows so far are written; raise what went wrong with them."""
        if self._waiting is not None:
            self._waiting.result()
            self._waiting = None

    def close(self) -> None:
        """Finish the files; they have no names yet."""
        self.wait()
        for drafts in self._drafts.values():
            for draft in drafts:
                draft.close()

    def files(self, table: str) -> list[Path]:
        """Return the files with rows of a table."""
        return [draft.path for draft in self._drafts.get(table, ()) if draft.row_count]

    def name(self) -> None:
        """Give the files their names."""
        for drafts in self._drafts.values():
            for draft in drafts:
                self._named.append(draft.file)
                draft.name()
        for folder in {file.parent for file in self._named}:
            keep_names(folder)

    def replace(self, table: str, rows: Iterator[Any]) -> None:
        """Write the rows of a table instead of those that were written."""
        before = self._drafts.pop(table)
        self._drafts[table] = []
        number = len(before)
        file = self._lake.table(table) / f"load-{self.load_id}-{number}.parquet"
        draft = Draft(file, arrow_schema(table))
        for batch in rows:
            draft.add(batch)
        draft.close()
        for old in before:
            old.remove()
        self._drafts[table] = [draft]

    def end(self) -> None:
        """Leave nothing of a load that was not committed."""
        self._thread.shutdown()
        for drafts in self._drafts.values():
            for draft in drafts:
                draft.remove()
        if not self.is_committed:
            for file in self._named:
                file.unlink(missing_ok=True)
        self._claim.unlink(missing_ok=True)


class _Rows:
    """Collects the rows of one COPY."""

    def __init__(self) -> None:
        self.rows = bytearray()

    def write(self, rows: bytes | bytearray, /) -> None:
        """Take whole rows."""
        self.rows += rows


class ParquetSink:
    """The raw tables of a lake."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._manifests = Manifests(lake)
        self._open = ExitStack()
        self._of_load = ExitStack()
        self._questions: Questions | None = None
        self._load: _Load | None = None

    @classmethod
    @contextmanager
    def open(cls, folder: str | Path) -> Iterator[Self]:
        """Open a lake for landing; a folder that holds none becomes one."""
        extra.require("pyarrow", "duckdb")
        lake = Lake(folder)
        sink = cls(lake)
        with locks.in_use(lake, lambda: clear_up(lake)), sink._open:
            lake.table(LOADS).mkdir(parents=True, exist_ok=True)
            erasures.identity(lake)  # from its first landing on, for copies of the lake
            yield sink

    @contextmanager
    def landing(self) -> Iterator[None]:
        """Surround one load: after an error nothing of it stays."""
        with ExitStack() as self._of_load:
            try:
                yield
            finally:
                self._load = None

    def suppression(self, workspace: str) -> Filter | None:
        """Return what leaves out accounts that opted out or were erased; null for none.

        The last decision of an account holds; an export brought the decisions.
        """
        import pyarrow.dataset  # noqa: PLC0415 (an extra)

        files = list(map(str, self._lake.files(DECISIONS)))
        schema = arrow_schema(DECISIONS)
        told = pyarrow.dataset.dataset(files, schema, format="parquet").to_table(
            columns=["platform", "actor_id", "decision_id", "decision"],
            filter=pyarrow.dataset.field("decision").isin(SUPPRESSION)
            & (pyarrow.dataset.field("workspace_id") == workspace),
        )
        in_order = sorted(told.to_pylist(), key=lambda row: row["decision_id"])
        last = {(row["platform"], row["actor_id"]): row["decision"] for row in in_order}
        out = {account for account, decision in last.items() if decision != "opted_in"}
        return suppressed.kept(frozenset(out), erasures.read(self._lake, workspace))

    def known(self, values: Mapping[str, Any]) -> list[Known]:
        """Return the loads of the same content, oldest first."""
        self._manifests.refresh()
        return self._manifests.known(values)

    def claim(self, values: Mapping[str, Any]) -> tuple[int, datetime]:
        """Begin a load: its id and time."""
        load_id, claim = self._manifests.claim()
        received_at = datetime.now(UTC)
        options = values["options"]
        manifest = {
            **dict.fromkeys(columns(LOADS)),
            "load_id": load_id,
            "workspace_id": values["workspace"],
            "source_name": values["name"],
            "content_sha256": values["content"],
            "options": None if options is None else _encode(options).decode(),
            "received_at": received_at,
            **{name: values[name] for name in _DECLARED},
        }
        self._load = _Load(self._lake, manifest, claim)
        self._of_load.callback(self._load.end)
        return load_id, received_at

    @property
    def _landing(self) -> _Load:
        assert self._load is not None
        return self._load

    @contextmanager
    def copying(self, table: Table) -> Iterator[_Rows]:
        """Take rows of a table until it is left."""
        collected = _Rows()
        yield collected
        self._landing.append(table, collected.rows)

    def rename(self, load_id: int, stored: Callable[[str], str]) -> None:
        """Store what may be stored of the names of the load's file and account."""
        for name in ("source_name", "account"):
            if self._landing.manifest[name] is not None:
                self._landing.manifest[name] = stored(self._landing.manifest[name])

    def finish(self, load_id: int, counts: Counts, notes: Notes) -> None:
        """Enter what came of the load; from now on no other load is committed."""
        import pyarrow  # noqa: PLC0415 (an extra)

        if notes:
            names = columns(NOTES)
            rows = [
                dict(zip(names, (load_id, *astuple(note), *told), strict=True))
                for note, told in notes.items()
            ]
            self._landing.draft(NOTES).add(pyarrow.Table.from_pylist(rows, arrow_schema(NOTES)))
        self._landing.close()
        newest_at = None if counts.newest_at == EPOCH else counts.newest_at
        self._landing.manifest |= {
            **{name: getattr(counts, name) for name in _COUNTED},
            "documented_at": newest_at,
        }
        self._of_load.enter_context(locks.committing(self._lake))
        self._manifests.refresh()

    def select(
        self, statement: Statement, values: Mapping[str, Any], of: Sequence[int] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return rows of the load and of the loads `of`; None: of all its workspace's loads."""
        found: list[tuple[Any, ...]] = self._ask(statement, values, of).fetchall()
        return found

    def _ask(
        self, statement: Statement, values: Mapping[str, Any], of: Sequence[int] | None
    ) -> Any:
        if self._questions is None:
            self._questions = Questions(self._lake)
            self._open.callback(self._questions.close)
        load = self._load
        ids = None if of is None else set(of)
        loads = [
            known
            for known in self._manifests.loads(
                None if load is None else load.manifest["workspace_id"]
            )
            if ids is None or known["load_id"] in ids
        ]
        files = {
            table: [
                *self._lake.files_of(table, [known["load_id"] for known in loads]),
                *(load.files(table) if load is not None else ()),
            ]
            for table in tables_of(statement)
        }
        own = [] if load is None else [load.manifest]
        return self._questions.ask(statement, values, [*loads, *own], files)

    def add(self, statement: Statement, values: Mapping[str, Any], of: Sequence[int]) -> None:
        """Land the interactions that a statement about these loads returns."""
        import pyarrow  # noqa: PLC0415 (an extra)

        batches = self._ask(statement, values, of).to_arrow_reader(BATCH_ROWS)
        schema = arrow_schema(INTERACTIONS.name)
        draft: Draft | None = None
        for batch in batches:
            if batch.num_rows:
                draft = draft or self._landing.draft(INTERACTIONS.name)
                rows = pyarrow.Table.from_batches([batch]).rename_columns(INTERACTIONS.columns)
                draft.add(rows.select(schema.names).cast(schema))
        self._landing.close()

    def close_rejects(self, load_id: int, of: Sequence[int]) -> None:
        """Close the open rejects of these loads, in a file beside theirs."""
        import pyarrow  # noqa: PLC0415 (an extra)

        rows = [{"load_id": closed, "replay_load_id": load_id} for closed in of]
        draft = self._landing.draft(CLOSED)
        draft.add(pyarrow.Table.from_pylist(rows, arrow_schema(CLOSED)))
        draft.close()

    def bring_back(self, load_id: int, of: Sequence[int]) -> None:
        """Let records without a time that these loads had taken back count from now on."""
        import pyarrow  # noqa: PLC0415 (an extra)

        if not self._landing.files(INTERACTIONS.name):
            return
        received_at = self._landing.manifest["received_at"]
        values = {"load_id": load_id, "of": list(of), "received_at": received_at}
        schema = arrow_schema(INTERACTIONS.name)
        found = self._ask(_BROUGHT_BACK, values, of).to_arrow_reader(BATCH_ROWS)
        self._landing.replace(
            INTERACTIONS.name,
            (
                pyarrow.Table.from_batches([batch]).select(schema.names).cast(schema)
                for batch in found
            ),
        )

    def commit(self) -> bool:
        """Let people read the load; false where the same has landed meanwhile."""
        load = self._landing
        load.name()
        load.manifest["committed_at"] = datetime.now(UTC)
        load.is_committed = self._manifests.commit(load.manifest)
        return load.is_committed
