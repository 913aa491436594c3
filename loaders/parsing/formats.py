"""What a platform module declares about a format of its platform.

Source: the platform modules; `loaders.registry` and `loaders.reading.reader` go by it.
Shape:  how native records are contained in a document, and the functions that parse them.
Units:  bytes of a JSON value, or the text of each column of a CSV record.
Errors: none of its own; `loaders.reading.explanations` has those that the functions may raise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from typing import Any

import msgspec

from loaders.parsing.times import Order
from loaders.reading.csv_stream import Quoting
from loaders.reading.json_stream import Keys
from loaders.records import KeyQuality, Record


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a record cannot say itself.

    `account` and `timezone` are declared by whoever lands the document; `header` is what the
    format's `header` function made of the document around the record; `parent` is what its
    `expand` function says about the item a sub-record was taken from. `keys` lead to the list
    of the record, where a document has several; `gathered` is what `gather` and `combine`,
    or `survey`, made of all items of the document. `named` is what `declares` read from the
    document's name.
    """

    account: str | None = None  # the exporting account, where the export does not name it
    exporter: str | None = None  # the same as another document of the same download names it
    timezone: tzinfo | None = None  # the zone of times without one (`times.zone`)
    date_order: Order | None = None  # of dates that do not show which is the day
    source: str = ""  # name of the document
    named: Mapping[str, str] | None = None
    header: Any = None
    parent: Any = None
    keys: Keys = ()
    gathered: Any = None
    is_suspect: bool = False  # there is an escaped NUL in the header
    is_replay: bool = False  # documents are taken apart: one header again and again is one


class Lines(msgspec.Struct, frozen=True):
    """NDJSON: one record a line."""


class JsonArray(msgspec.Struct, frozen=True):
    """The elements of one list of each JSON document; of the document itself without a key.

    `inside`: where the documents are wrapped, the keys that lead to each list of them.
    `is_lenient`: a document may also have one element instead of a list, or neither.
    `prefix`: what may stand before the JSON, as a regular expression.
    """

    key: str | None = None
    inside: tuple[Keys, ...] = ()
    is_lenient: bool = False
    prefix: bytes = b""


class JsonLists(msgspec.Struct, frozen=True):
    """The elements of many lists of a JSON document, each told by the keys that lead to it.

    `unread`: the name under which the entries of a list that is not wanted are counted.
    """

    is_wanted: Callable[[Keys], bool]
    unread: Callable[[Keys], str | None] | None = None


class Csv(msgspec.Struct, frozen=True):
    """CSV; the first record names the columns unless `columns` does.

    `is_terminated`: a delimiter may also end a record, in the header line or below it.
    """

    delimiter: str = ","
    columns: tuple[str, ...] = ()
    is_terminated: bool = False
    quoting: Quoting = "doubled"


class Part(msgspec.Struct, frozen=True):
    """A record within a native item: its own bytes, and what it inherits from the item.

    `is_empty`: it is a page without records, which is no error.
    """

    raw: bytes
    parent: Any = None
    is_empty: bool = False


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """One native format of a platform; all functions are pure.

    `parse` gets the bytes of a JSON value, or of a CSV record a dict of column to text.
    `header` decodes a document around its list; where it raises, no record of that document
    lands. `gather` looks at every item of a document (without a header: of the source)
    before the first is parsed, for what an item cannot know without the others. `expand`
    takes an item apart into independent parts: one bad part then leaves the others alone.
    `declares` reads, from the name of a document and the declared account, what its records
    do not say: it becomes part of the load's identity, so the same bytes under two such names
    are two loads.
    `survey` (CSV only) looks at the rows before the first is parsed, as far as it needs to;
    its result is the context's `gathered`. A native id of quality
    `derived` (or another that is `numbered`) gets an ordinal among equals of its document
    appended here.
    """

    name: str  # chat_exporter_json
    expects: str  # one phrase for error messages: "Discord chat export (JSON)"
    container: Lines | JsonArray | JsonLists | Csv
    recognises: Callable[[bytes], bool]  # told from the outline, which may end anywhere
    recognises_declared: Callable[[bytes], bool] | None = None  # the same, after --platform
    parse: Callable[[Any, Context], Iterable[Record]]
    header: Callable[[bytes], Any] | None = None
    gather: Callable[[bytes], Any] | None = None
    combine: Callable[[list[Any]], Any] = tuple
    expand: Callable[[bytes, Context], Iterable[Part]] | None = None
    declares: Callable[[str, str | None], dict[str, str]] | None = None
    lists_reactions: bool = False  # with all accounts, so that a missing one is gone
    survey: Callable[[Iterator[dict[str, str]], Context], Any] | None = None
    numbered: tuple[KeyQuality, ...] = ("derived",)
    is_as_received: bool = False  # a live stream: what it says is as new as its receipt
    is_repetitive: bool = True  # equal profiles, posts and counters of a document land once
