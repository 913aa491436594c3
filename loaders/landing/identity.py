"""What tells one load from another: its content, and what was declared about it.

A forgotten account or time zone is made up for by loading the same file again with it. So the
declarations identify a load together with the content; what the file's name declares, such as
its channel, is one of them.

Source: a document, its format, and the declarations.
Shape:  an `Identity`; `earlier` finds the load that said as much, `replace` takes back what
        loads said that knew less.
Errors: those of the sink.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from psycopg import sql

from loaders.parsing.formats import Context, Format
from loaders.reading.documents import Document
from loaders.reading.reader import named_by
from loaders.records import Interaction

if TYPE_CHECKING:
    from loaders.landing.sinks import Sink

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
            "options": self._options or None,
            "format": self._format.name,
            "name": self._document.name,
            "replay_of": self._replay_of,
        }

    def earlier(self, sink: Sink) -> Known | None:
        """Return the load of the same content that knew as much: a new one adds nothing.

        The map declared last holds: where another map has been declared since then, there is
        none, and this load is told from the earlier one by what it comes after.
        """
        ours = self._declared()
        found: Known | None = None
        for known in sink.known(self.values()):
            if _says_as_much(known.declared(), self._as_if(known, ours)):
                found = known
            elif found is not None and MAP in ours and self._would_replace(known):
                found = None
                self._options[AFTER] = known.load_id
        return found

    def replace(self, sink: Sink, load_id: int) -> None:
        """Take back what loads of the same content said that knew less than this one.

        Their rejects are closed, for this load tried all of them. An interaction that has
        another key now, as of another channel, is retracted, unless this load rejects its
        record. A map replaces an earlier one that makes the same records of the content.
        """
        replaced = [
            known.load_id
            for known in sink.known(self.values())
            if known.load_id != load_id and self._would_replace(known)
        ]
        if not replaced or self._replay_of is not None:
            return
        values: dict[str, object] = {"load_id": load_id, "replaced": replaced}
        former = replaced + [found for (found,) in sink.select(_REPLAYS, values)]
        sink.close_rejects(load_id, former)
        if sink.select(_HAS_REJECTS, values, [load_id]):
            former = replaced  # replays number their records otherwise
        sink.add(_RETRACT, {**values, "replaced": former}, former)
        if AFTER in self._options:
            sink.bring_back(load_id, former)

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


_REPLAYS = sql.SQL(  # what came of trying their rejects again
    "with recursive replays as ("
    "select load_id from raw.loads where replay_of = any(%(replaced)s)"
    " union select lds.load_id from raw.loads as lds"
    " inner join replays as rpl on lds.replay_of = rpl.load_id"
    ") select load_id from replays"
)
_HAS_REJECTS = sql.SQL("select 1 from raw.rejects where load_id = %(load_id)s limit 1")
_COPIED = ("workspace_id", *Interaction.__struct_fields__)
_CHANGED = {
    "is_retracted": sql.SQL("true"),
    "version_at": sql.SQL("null"),  # as new as this load
}
_RETRACT = sql.SQL(
    "select %(load_id)s, line_no, {values} from raw.interactions as former"
    " where load_id = any(%(replaced)s) and not is_retracted and not exists ("
    "select 1 from raw.interactions as ours"
    " where ours.load_id = %(load_id)s and ours.native_id = former.native_id)"
    # what this load cannot read stays as it was
    " and not exists (select 1 from raw.rejects as rej"
    " where rej.load_id = %(load_id)s and rej.line_no = former.line_no)"
).format(
    values=sql.SQL(", ").join(_CHANGED.get(name) or sql.Identifier(name) for name in _COPIED),
)
