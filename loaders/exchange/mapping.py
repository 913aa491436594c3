"""A map: which column of one's own file holds which field of the exchange format.

Source: a TOML file that people write, or `warehouse map` drafts (`map_draft`).
Shape:  `Map`, checked; `mapped` reads files by it.
Units:  `date_format` is a pattern of strptime, or `epoch s`, `ms`, `us`, `ns`; without it ISO
        times and local dates are read, of which `date_order` tells what no row shows. A map of
        a Singer stream is a table `[streams.NAME]` of such a file.
Errors: MapError, one sentence that names the map and what is wrong in it.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from loaders.exchange import lines
from loaders.parsing import times
from loaders.parsing.fields import platform_name
from loaders.records import RecordError

T = TypeVar("T")
Kind = Literal["interaction", "profile", "post", "counter", "content"]

EPOCHS: dict[str, times.Unit] = {
    "epoch s": "s",
    "epoch ms": "ms",
    "epoch us": "us",
    "epoch ns": "ns",
}
LINES: dict[Kind, Any] = {
    "interaction": lines.Interaction,
    "profile": lines.Profile,
    "post": lines.Post,
    "counter": lines.Counter,
    "content": lines.Content,
}
FIELDS: dict[Kind, set[str]] = {
    kind: set(line.__struct_fields__) - {"posts", "tags"} for kind, line in LINES.items()
}
FIELDS["content"] |= {"platform", "post_id"}
OF_OTHERS: dict[str, tuple[str, ...]] = {  # of an interaction: its account and its post
    "profile": tuple(sorted(FIELDS["profile"] - {"platform", "actor_id"})),
    "post": tuple(sorted(FIELDS["post"] - {"platform", "post_id"})),
}
REQUIRED: dict[Kind, tuple[str, ...]] = {
    "interaction": ("platform", "type"),
    "profile": ("platform", "actor_id"),
    "post": ("platform", "post_id"),
    "counter": ("platform", "post_id", "metric", "value"),
    "content": ("content_id",),
}
OPEN_GROUPS: dict[str, tuple[Kind, ...]] = {  # whose keys are people's own
    "metadata": ("interaction",),
    "tags": ("content",),
    "counter": ("interaction", "post"),
}
LITERAL = "="  # before a part of a joined field that is no column
ANY = "*"  # of `ignored`: whatever else there is


class MapError(Exception):
    """A map cannot be used: one sentence that names what is wrong in it."""


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a map says. A column may fill several fields, and several columns one (`joined`)."""

    record: Kind = "interaction"
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str | int | bool] = {}
    values: dict[str, dict[str, str]] = {}  # field -> value in the file -> value
    # field -> columns whose values make it, with : between; `=text` stands for itself
    joined: dict[str, list[str]] = {}
    ignored: list[str] = []  # columns that nobody misses
    required: list[str] = []  # columns without which a row is rejected
    date_format: str | None = None
    date_order: times.Order | None = None
    timezone: str | None = None
    # of JSON: the key of the list, where the document is an object
    list_key: str | None = msgspec.field(default=None, name="list")
    sheet: str | None = None  # of a workbook, by its name

    def sources(self) -> dict[str, str]:
        """Return the column of each field."""
        found: dict[str, str] = {}
        for column, fields in self.columns.items():
            for field in [fields] if isinstance(fields, str) else fields:
                if field in found:
                    raise MapError(f"{field} comes from {found[field]!r} and from {column!r}")
                found[field] = column
        for field, columns in self.joined.items():
            if field in found:
                raise MapError(f"{field} has a column and is joined: keep one of them")
            if not columns:
                raise MapError(f"{field} is joined from no column: name those that make it")
        return found

    def joins(self) -> set[str]:
        """Return the columns whose values are joined."""
        parts = {part for columns in self.joined.values() for part in columns}
        return {part for part in parts if not part.startswith(LITERAL)}

    def filled(self) -> set[str]:
        """Return the fields that columns fill."""
        return {*self.sources(), *self.joined}

    def zone(self) -> tzinfo | None:
        """Return the zone of times without one."""
        return times.zone(self.timezone) if self.timezone else None


class _Streams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file with a map per Singer stream."""

    streams: dict[str, Map]


def read(path: Path) -> Map:
    """Read a map and check it."""
    return _read(path, Map, check)


def read_streams(path: Path) -> dict[str, Map]:
    """Read the maps of Singer streams, by name, and check them."""

    def check_each(told: _Streams) -> None:
        for name, of_stream in told.streams.items():
            try:
                check(of_stream)
                if of_stream.list_key is not None:
                    raise MapError("a stream has no `list`")
            except (MapError, ValueError) as error:
                raise MapError(f"stream {name!r}: {error}") from None

    return _read(path, _Streams, check_each).streams


def _read(path: Path, shape: type[T], check_it: Callable[[T], None]) -> T:
    try:
        told = msgspec.convert(tomllib.loads(path.read_text("utf-8")), shape)
        check_it(told)
    except tomllib.TOMLDecodeError as error:
        raise MapError(f"{path} is not TOML: {error}") from None
    except UnicodeDecodeError:
        raise MapError(f"{path} is not UTF-8") from None
    except (MapError, ValueError) as error:  # also of msgspec
        raise MapError(f"{path}: {error}") from None
    return told


def check(told: Map) -> None:
    """Raise MapError for unknown fields, and where what every record needs is missing."""
    sources = told.filled()
    for field in [*told.sources(), *told.joined, *told.constants, *told.values]:
        if not is_field(field, told.record):
            raise MapError(
                f"{field!r} is no field of record {told.record!r}{_near(field, told)}"
            )
    for field in REQUIRED[told.record]:
        if field not in sources and told.constants.get(field) in (None, ""):
            raise MapError(f"{field} is missing: name its column, or a constant")
    for field in sorted(sources):
        if field in told.constants:
            raise MapError(f"{field} has a column and a constant: keep one of them")
        group, _, name = field.rpartition(".")
        if group == "post" and "post_id" not in sources and "post_id" not in told.constants:
            raise MapError(f"post.{name} needs post_id: name the column that holds it")
        if group == "profile" and "actor_id" not in sources:
            raise MapError(f"profile.{name} needs actor_id: name the column that holds it")
    if isinstance(platform := told.constants.get("platform"), str):
        try:
            platform_name(platform)
        except RecordError as error:
            raise MapError(f"{error.detail}: correct {platform!r}") from None
    if told.date_format and "%" not in told.date_format and told.date_format not in EPOCHS:
        raise MapError(
            f"date_format {told.date_format!r} is neither a pattern such as %d.%m.%Y %H:%M"
            f" nor one of {', '.join(EPOCHS)}"
        )
    told.zone()


def is_field(field: str, kind: Kind) -> bool:
    """Whether a record of that kind has such a field."""
    group, dot, name = field.partition(".")
    if not dot:
        return field in FIELDS[kind]
    if kind in OPEN_GROUPS.get(group, ()):
        return name != ""
    return kind == "interaction" and name in OF_OTHERS.get(group, ())


def _near(field: str, told: Map) -> str:
    """Which field may be meant, else which there are."""
    near = difflib.get_close_matches(field, FIELDS[told.record], 1)
    known = ", ".join(sorted(FIELDS[told.record]))
    return f"; {near[0]!r} is one" if near else f"; it has {known}"
