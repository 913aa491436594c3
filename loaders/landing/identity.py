"""What tells one load from another: its content, and what was declared about it.

A forgotten account or time zone is made up for by loading the same file again with it. So the
declarations identify a load together with the content; what the file's name declares, such as
its channel, is one of them.

Source: a document, its format, and the declarations.
Shape:  an `Identity`; `earlier` finds the load that said as much, `replace` takes back what
        loads said that knew less.
Errors: those of the database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from loaders.parsing.formats import Context, Format
from loaders.reading.documents import Document
from loaders.reading.reader import named_by
from loaders.records import Interaction

FORGETTABLE = ("account", "timezone", "date_order")
MAP = "map"  # of columns, whole
NAMED = "named"  # what the document's name declares
AFTER = "after"  # the load of another map since which an earlier map is declared again


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Whose records a document holds, as declared by the person who lands it.

    `options`: what else was declared and changes the records, such as a map of columns. All of
    it identifies the load.
    """

    workspace: str
    platform: str
    account: str | None = None
    timezone: str | None = None
    options: dict[str, Any] | None = None


class Known(msgspec.Struct, frozen=True):
    """A load of the same content."""

    load_id: int
    received_at: datetime
    n_in: int
    n_landed: int
    n_rejected: int
    format: str
    account: str | None
    timezone: str | None
    options: dict[str, Any] | None

    def declared(self) -> dict[str, Any]:
        """Return all that was declared about it."""
        told = {"account": self.account, "timezone": self.timezone, **(self.options or {})}
        return _without_place(told)


class Identity:
    """What tells a load of a document from others."""

    def __init__(
        self,
        document: Document,
        fmt: Format,
        source: Source,
        context: Context,
        replay_of: int | None,
    ) -> None:
        self._document = document
        self._format = fmt
        self._source = source
        self._context = context
        self._replay_of = replay_of
        self._content = _checksum(document, replay_of)
        self._options = self._options_of(source.account)

    def _options_of(self, account: str | None) -> dict[str, Any]:
        """Return further declarations, as they would be with that account."""
        options = dict(self._source.options or {})
        if self._context.date_order is not None:
            options["date_order"] = self._context.date_order
        context = msgspec.structs.replace(self._context, account=account)
        if named := named_by(self._document, self._format, context):
            options[NAMED] = dict(named)
        return options

    def values(self) -> dict[str, Any]:
        """Return the columns of raw.loads that identify the load, and its origin."""
        return {
            "workspace": self._source.workspace,
            "platform": self._source.platform,
            "content": self._content,
            "account": self._source.account,
            "timezone": self._source.timezone,
            "options": Jsonb(self._options) if self._options else None,
            "format": self._format.name,
            "name": self._document.name,
            "replay_of": self._replay_of,
        }

    def earlier(self, connection: psycopg.Connection) -> Known | None:
        """Return the load of the same content that knew as much: a new one adds nothing.

        The map declared last holds: where another map has been declared since then, there is
        none, and this load is told from the earlier one by what it comes after.
        """
        ours = self._declared()
        found: Known | None = None
        for known in self._known(connection):
            if _says_as_much(known.declared(), self._as_if(known, ours)):
                found = known
            elif found is not None and MAP in ours and self._would_replace(known):
                found = None
                self._options[AFTER] = known.load_id
        return found

    def replace(self, connection: psycopg.Connection, load_id: int) -> None:
        """Take back what loads of the same content said that knew less than this one.

        Their rejects are closed, for this load tried all of them. An interaction that has
        another key now, as of another channel, is retracted, unless this load rejects its
        record. A map replaces an earlier one that makes the same records of the content.
        """
        replaced = [
            known.load_id
            for known in self._known(connection)
            if known.load_id != load_id and self._would_replace(known)
        ]
        if not replaced or self._replay_of is not None:
            return
        replays = [found for (found,) in connection.execute(_REPLAYS, (replaced,))]
        values: dict[str, object] = {"load_id": load_id, "replaced": replaced + replays}
        connection.execute(
            "update raw.rejects set replay_load_id = %(load_id)s"
            " where load_id = any(%(replaced)s) and replay_load_id is null",
            values,
        )
        if connection.execute(_HAS_REJECTS, values).fetchone() is not None:
            values["replaced"] = replaced  # replays number their records otherwise
        connection.execute(_RETRACT, values)
        if AFTER in self._options:
            connection.execute(_BRING_BACK, values)

    def _would_replace(self, known: Known) -> bool:
        """Return whether this load says all that a known one said, by whatever map."""
        ours = _of_any_map(self._as_if(known, self._declared()))
        return known.format == self._format.name and _says_as_much(
            ours, _of_any_map(known.declared())
        )

    def _declared(self) -> dict[str, Any]:
        told = {"account": self._source.account, "timezone": self._source.timezone}
        return _without_place({**told, **self._options})

    def _as_if(self, known: Known, ours: Mapping[str, Any]) -> dict[str, Any]:
        """Return our declarations, with what the name would say with the other's account."""
        named = self._options_of(known.account).get(NAMED)
        rest = {key: value for key, value in ours.items() if key != NAMED}
        return rest if named is None else {**rest, NAMED: named}

    def _known(self, connection: psycopg.Connection) -> list[Known]:
        rows = connection.execute(
            "select load_id, received_at, n_in, n_landed, n_rejected, format, account,"
            " timezone, options from raw.loads"
            " where workspace_id = %(workspace)s and platform = %(platform)s"
            " and content_sha256 = %(content)s"
            # many files are equal, as empty ones: of these only those of the same name
            " and (account is distinct from %(account)s::text"
            " or options->'named' is not distinct from %(options)s::jsonb->'named')"
            " order by load_id",
            self.values(),
        )
        return [Known(*row) for row in rows]


def _says_as_much(more: Mapping[str, Any], less: Mapping[str, Any]) -> bool:
    """Whether one declaration says all that the other says."""
    for key in more.keys() | less.keys():
        is_forgotten = key in FORGETTABLE and less.get(key) is None
        if not is_forgotten and more.get(key) != less.get(key):
            return False
    return True


def _without_place(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return declarations without the load that they come after."""
    return {key: value for key, value in declared.items() if key != AFTER}


def _of_any_map(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return declarations with no more of a map than which records it makes."""
    told = dict(declared)
    if MAP in told:
        told[MAP] = told[MAP].get("record")
    return told


def _checksum(document: Document, replay_of: int | None) -> bytes:
    """What tells contents apart; a replay is told apart from the load that it repeats."""
    if replay_of is None:
        return document.sha256
    return hashlib.sha256(b"%d:" % replay_of + document.sha256).digest()


_REPLAYS = (  # what came of trying their rejects again
    "with recursive replays as ("
    "select load_id from raw.loads where replay_of = any(%s)"
    " union select lds.load_id from raw.loads as lds"
    " inner join replays as rpl on lds.replay_of = rpl.load_id"
    ") select load_id from replays"
)
_HAS_REJECTS = "select from raw.rejects where load_id = %(load_id)s limit 1"
_COPIED = ("workspace_id", *Interaction.__struct_fields__)
_CHANGED = {
    "is_retracted": sql.SQL("true"),
    "version_at": sql.SQL("null"),  # as new as this load
}
_RETRACT = sql.SQL(
    "insert into raw.interactions (load_id, line_no, {columns})"
    " select %(load_id)s, line_no, {values} from raw.interactions as former"
    " where load_id = any(%(replaced)s) and not is_retracted and not exists ("
    "select from raw.interactions as ours"
    " where ours.load_id = %(load_id)s and ours.native_id = former.native_id)"
    # what this load cannot read stays as it was
    " and not exists (select from raw.rejects as rej"
    " where rej.load_id = %(load_id)s and rej.line_no = former.line_no)"
).format(
    columns=sql.SQL(", ").join(map(sql.Identifier, _COPIED)),
    values=sql.SQL(", ").join(_CHANGED.get(name) or sql.Identifier(name) for name in _COPIED),
)
_BRING_BACK = (  # what another map took back in between
    "update raw.interactions as ours set version_at = lds.received_at from raw.loads as lds"
    " where lds.load_id = %(load_id)s and ours.load_id = lds.load_id"
    " and ours.version_at is null and exists (select from raw.interactions as former"
    " where former.load_id = any(%(replaced)s) and former.is_retracted"
    " and former.native_id = ours.native_id)"
)
