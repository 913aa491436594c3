"""Messages of taps, made by hand, and maps for them.

Shape:  keywords in, lines out; `standing` tells which interactions of a workspace count.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import psycopg

MAP = """
[streams.{name}]
ignored = ["*"]
[streams.{name}.columns]
"{id}" = "id"
"who" = "actor_id"
"text" = "text"
"at" = "occurred_at"
[streams.{name}.constants]
platform = "forum"
type = "comment"
"""


def of_map(name: str = "notes", key: str = "id") -> str:
    """Return a map for a stream of comments."""
    return MAP.format(name=json.dumps(name), id=key)


def schema(stream: str = "notes", keys: Sequence[str] = ("id",), **more: Any) -> str:
    """Return a SCHEMA message."""
    told = {"type": "object", "properties": {"id": {"type": "integer"}}, **more}
    return line("SCHEMA", stream=stream, schema=told, key_properties=list(keys))


def record(number: int, stream: str = "notes", version: int | None = None, **more: Any) -> str:
    """Return a RECORD message; further keywords are columns."""
    row = {"id": number, "who": "ann", "at": "2026-03-01T10:00:00Z", **more}
    return line("RECORD", stream=stream, record=row, version=version)


def state(value: Any) -> str:
    """Return a STATE message."""
    return line("STATE", value=value)


def activate(version: int, stream: str = "notes") -> str:
    """Return an ACTIVATE_VERSION message."""
    return line("ACTIVATE_VERSION", stream=stream, version=version)


def line(kind: str, **said: Any) -> str:
    """Return any message."""
    told = {key: value for key, value in said.items() if value is not None}
    return json.dumps({"type": kind, **told}) + "\n"


def standing(session: psycopg.Connection, workspace: str) -> set[str]:
    """Return the ids that count, as the ledger reads raw."""
    rows = session.execute(
        "select native_id from (select distinct on (native_id) itr.*"
        " from raw.interactions as itr inner join raw.loads as lds using (load_id)"
        " where itr.workspace_id = %s order by native_id, coalesce(itr.version_at,"
        " case when not is_retracted then documented_at end, received_at) desc,"
        " received_at desc) as newest where not is_retracted",
        (workspace,),
    )
    return {native_id for (native_id,) in rows}
