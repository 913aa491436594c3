"""What a newer version of a Singer stream takes back by not having it.

A tap that reads a whole table numbers each reading, and activates the number when it has read
everything. Interactions of earlier readings that the activated one lacks are gone.

Source: the loads of one stream, workspace and account; their options name stream and version.
Shape:  retractions, landed with the activation. They hold from its receipt.
Units:  compared are the version activated before, and what came since then. Records without a
        version are never taken back.
Errors: those of the sink. `hindrance` says why absence proves nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import sql

from loaders.exchange.singer import ACTIVATION, RECORDS, STREAM, UNREAD, VERSION
from loaders.records import Interaction

if TYPE_CHECKING:
    from loaders.landing.identity import Source
    from loaders.landing.sinks import Sink


class _Load(msgspec.Struct, frozen=True):
    load_id: int
    format: str
    options: dict[str, Any]


def hindrance(sink: Sink, source: Source) -> str | None:
    """Return why it is not known what an activated version lacks, or None."""
    options = source.options or {}
    with sink.landing():
        loads = _loads(sink, source)
        ours = _of(loads, options[STREAM], options[VERSION])
        if not ours:
            return "no record of it has landed"
        first = min(ours)
        unread = [load.load_id for load in loads if UNREAD in load.options]
        among = ours + [load_id for load_id in unread if load_id > first]
        if sink.select(_HAS_REJECTS, {"of": among}, among):
            return "records of it were rejected"
    return None


def retract(sink: Sink, load_id: int, source: Source) -> None:
    """Take back what the version that this load activates lacks."""
    options = source.options or {}
    stream, version = options[STREAM], options[VERSION]
    loads = [load for load in _loads(sink, source) if load.options.get(STREAM) == stream]
    before = max(
        (
            load
            for load in loads
            if load.format == ACTIVATION and load.options[VERSION] != version
        ),
        key=lambda load: load.load_id,
        default=None,
    )
    new = _of(loads, stream, version)
    old = [
        load.load_id
        for load in loads
        if load.format == RECORDS
        and load.options.get(VERSION) not in (None, version)
        and (
            before is None
            or load.options[VERSION] == before.options[VERSION]
            or load.load_id > before.load_id
        )
    ]
    if old:
        values = {"load_id": load_id, "old": old, "new": new}
        sink.add(_RETRACT, values, [*old, *new])


def _loads(sink: Sink, source: Source) -> list[_Load]:
    """Return the loads of Singer messages of a workspace and account."""
    values = {
        "workspace": source.workspace,
        "account": source.account,
        "records": RECORDS,
        "activation": ACTIVATION,
    }
    return [
        _Load(load_id, name, _decoded(options))
        for load_id, name, options in sink.select(_LOADS, values)
    ]


def _decoded(options: Any) -> dict[str, Any]:
    """Return the options of a load; a lake keeps them as text."""
    found = msgspec.json.decode(options) if isinstance(options, str) else options
    return msgspec.convert(found or {}, dict[str, Any])


def _of(loads: list[_Load], stream: str, version: int) -> list[int]:
    return [
        load.load_id
        for load in loads
        if load.format == RECORDS
        and load.options.get(STREAM) == stream
        and load.options.get(VERSION) == version
    ]


_LOADS = sql.SQL(
    "select load_id, format, options from raw.loads"
    " where workspace_id = %(workspace)s and account is not distinct from %(account)s"
    " and (format = %(records)s or format = %(activation)s) order by load_id"
)
_HAS_REJECTS = sql.SQL(
    "select 1 from raw.rejects where load_id = any(%(of)s) and replay_load_id is null limit 1"
)
GONE = sql.SQL("select count(*) from raw.interactions where load_id = %(load_id)s")
_COPIED = ("workspace_id", *Interaction.__struct_fields__)
_CHANGED = {
    "is_retracted": sql.SQL("true"),
    "version_at": sql.SQL("null"),  # as new as this load
}
_RETRACT = sql.SQL(
    "select %(load_id)s, 1, {values} from ("
    "select itr.*, row_number() over ("
    "partition by platform, native_id order by load_id desc, line_no desc) as place"
    " from raw.interactions as itr where load_id = any(%(old)s)) as former"
    " where place = 1 and not is_retracted and not exists ("
    "select 1 from raw.interactions as ours where ours.load_id = any(%(new)s)"
    " and ours.platform = former.platform and ours.native_id = former.native_id)"
).format(
    values=sql.SQL(", ").join(_CHANGED.get(name) or sql.Identifier(name) for name in _COPIED),
)
