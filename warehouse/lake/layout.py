"""What a lake's folder holds, and the columns of its raw tables.

    raw/<table>/loads-<first>-<last>.parquet   rows of consecutive loads, by `lake export`
    raw/<table>/load-<id>[-<n>].parquet        rows of one load, by `load --lake`
    raw/loads/…                                one row per load; rows of others do not count
    raw/runs/<number>.parquet                  which loads the build of that number used
    erasures/<number>.json                     who was erased, as hashes
    identity                                   by what the log of erasures knows the lake
    builds/<name>/<schema>.db/<relation>/      a whole build: schemas seeds, core and marts
    builds/<name>/as_of                        the instant that it shows
    current                                    the name of the build that people read
    .spill-<random>/                           what does not fit in a command's memory

Source: the folder that the user names.
Shape:  `TABLES` has the columns of each table as in a Spark DDL; `arrow_schema` the same for
        Parquet files. Columns are those of `loaders/schema.sql`.
Units:  instants in UTC to the microsecond; JSON documents and keys as text.
Errors: WarehouseError where the folder holds no lake.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    import pyarrow

RAW, BUILDS, CURRENT, AS_OF = "raw", "builds", "current", "as_of"
LOADS, RUNS, CLOSED = "loads", "runs", "closed_rejects"
EXPORTED = "exported"  # the file of what an export brought that is of no load
_LOADS = re.compile(r"loads?-(\d+)(?:-(\d{12}))?")  # of an export: the first and the last

_OF_A_RECORD = "load_id bigint, line_no bigint, workspace_id string"
_OF_A_PLATFORM = f"{_OF_A_RECORD}, platform string"
# load by load
DELIVERED = {
    "interactions": f"{_OF_A_PLATFORM}, native_id string, native_type string,"
    " native_kind string, actor_id string, actor_kind string, post_id string,"
    " thread_id string, parent_id string, text string, sentiment string,"
    " occurred_at timestamp, time_precision string, version_at timestamp,"
    " is_retracted boolean, key_quality string, metadata string, payload string",
    "profiles": f"{_OF_A_PLATFORM}, actor_id string, actor_kind string, username string,"
    " display_name string, profile_url string, follower_count bigint, is_verified boolean,"
    " observed_at timestamp",
    "posts": f"{_OF_A_PLATFORM}, post_id string, native_type string, title string, url string,"
    " posted_at timestamp, author_id string, community_id string, community_name string,"
    " owner_id string, is_removed boolean, observed_at timestamp",
    "counters": f"{_OF_A_PLATFORM}, post_id string, native_metric string, value bigint,"
    " observed_at timestamp",
    "content": f"{_OF_A_RECORD}, content_id string, title string, slug string, posts string,"
    " tags string",
    "identity_evidence": f"{_OF_A_PLATFORM}, actor_id string, other_actor_id string,"
    " native_type string, observed_at timestamp",
    "labels": f"{_OF_A_PLATFORM}, native_id string, text_fingerprint string, labeler string,"
    " labeler_version string, language string, score double, sentiment string",
    "rejects": "load_id bigint, line_no bigint, byte_offset bigint, byte_count bigint,"
    " is_cut boolean, raw binary, document binary, document_offset bigint,"
    " replay_load_id bigint, reason string, detail string",
    "load_notes": "load_id bigint, kind string, field string, reason string,"
    " record_count bigint, first_line_no bigint",
}
# whole: of no load
SAID = {
    "decisions": "decision_id bigint, workspace_id string, platform string, actor_id string,"
    " decision string, reason string, notes string, decided_by string, decided_at timestamp,"
    " run_seq bigint",
    "purged_interactions": "interaction_id string",
    "archived_interactions": "archive_id bigint, run_seq bigint, workspace_id string,"
    " platform string, follower_id string, post_id string, thread_id string,"
    " parent_id string, platform_user_id string, platform_post_id string,"
    " actor_kind string, native_type string, native_kind string, sentiment string,"
    " time_precision string, is_retracted boolean, interaction_count int,"
    " later_decayed_count double, decay_basis string, load_id bigint, first_at timestamp,"
    " last_at timestamp, first_received_at timestamp, last_received_at timestamp,"
    " purged_at timestamp",
    "archived_views": "workspace_id string, post_id string, platform_post_id string,"
    " is_short_view boolean, duration_ms bigint, scroll_depth decimal(30, 15),"
    " view_count bigint",
}
OF_LOADS = (
    "load_id bigint, workspace_id string, platform string, format string, source_name string,"
    " account string, timezone string, options string, content_sha256 binary, n_in bigint,"
    " n_landed bigint, n_rejected bigint, n_suppressed bigint, received_at timestamp,"
    " documented_at timestamp, committed_at timestamp, replay_of bigint, gated_at timestamp"
)
OF_RUNS = "load_id bigint, run_seq bigint"
OF_CLOSED = "load_id bigint, replay_load_id bigint"  # all rejects of a load, by a later one
TABLES = {**DELIVERED, **SAID, LOADS: OF_LOADS, RUNS: OF_RUNS, CLOSED: OF_CLOSED}
OF_THE_LAKE = (RUNS, CLOSED)  # no tables in PostgreSQL: a file that is written stays as it is
DOCUMENTS = ("metadata", "payload", "posts", "tags", "options")  # text that is JSON
# text that is a key of the warehouse's
_KEYS = ("interaction_id", "follower_id", "post_id", "thread_id", "parent_id")
_OF_KEYS = ("purged_interactions", "archived_interactions", "archived_views")


class Lake:
    """The folders of one lake."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()
        self.raw = self.folder / RAW
        self.builds = self.folder / BUILDS

    def table(self, name: str) -> Path:
        """Return the folder of a raw table's files."""
        return self.raw / name

    def files(self, table: str) -> list[Path]:
        """Return a table's files; names that begin with a dot are of files being written."""
        found = self.table(table).glob("*.parquet")
        return sorted(file for file in found if not file.name.startswith("."))

    def files_of(self, table: str, load_ids: Collection[int]) -> list[Path]:
        """Return a table's files that may hold rows of these loads."""
        wanted = sorted(load_ids)
        found = []
        for file in self.table(table).glob("load*.parquet"):
            if (named := _LOADS.match(file.name)) is None:
                continue
            first = bisect.bisect_left(wanted, int(named[1]))
            if first < len(wanted) and wanted[first] <= int(named[2] or named[1]):
                found.append(file)
        return sorted(found)

    def has_loads(self) -> bool:
        """Whether something has landed here, whole: the loads are written last."""
        return bool(self.files(LOADS))

    def is_exported(self) -> bool:
        """Whether an export has brought loads, whole."""
        return (self.table(LOADS) / f"{EXPORTED}.parquet").exists()

    def require(self) -> None:
        """Raise where there is no lake."""
        if not self.has_loads():
            raise WarehouseError(
                f"{self.folder} holds no lake; `warehouse lake export` and `warehouse load"
                " --lake` write one."
            )

    def current(self) -> Path | None:
        """Return the folder of the build that people read; None before the first."""
        try:
            name = (self.folder / CURRENT).read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        return self.builds / name


def columns(table: str) -> dict[str, str]:
    """Return a table's columns by name, with their types in Spark's words."""
    named = TABLES[table].replace("decimal(30, 15)", "decimal(30_15)").split(", ")
    pairs = (column.split(" ", 1) for column in named)
    return {name: kind.replace("30_15", "30, 15") for name, kind in pairs}


def is_key(table: str, column: str) -> bool:
    """Return whether the text of a column is a key of the warehouse's."""
    return table in _OF_KEYS and column in _KEYS


def arrow_schema(table: str) -> pyarrow.Schema:
    """Return a table's columns as those of its Parquet files."""
    import pyarrow  # noqa: PLC0415 (an extra)

    types = {
        "bigint": pyarrow.int64(),
        "int": pyarrow.int32(),
        "string": pyarrow.string(),
        "boolean": pyarrow.bool_(),
        "double": pyarrow.float64(),
        "binary": pyarrow.binary(),
        "timestamp": pyarrow.timestamp("us", tz="UTC"),
        "decimal(30, 15)": pyarrow.decimal128(30, 15),
    }
    return pyarrow.schema([(name, types[kind]) for name, kind in columns(table).items()])


def read(lake: Lake, table: str, *names: str) -> pyarrow.Table:
    """Return columns of a raw table; all of them if none is named."""
    import pyarrow.dataset  # noqa: PLC0415 (an extra)

    files = list(map(str, lake.files(table)))
    found = pyarrow.dataset.dataset(files, arrow_schema(table), format="parquet")
    return found.to_table(columns=list(names) or None)
