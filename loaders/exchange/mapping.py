"""A map: which column of one's own file holds which field of the exchange format.

Source: a TOML file that people write, or `warehouse map` drafts (`map_draft`).
Shape:  `Map`, checked; `mapped` reads files by it.
Units:  `date_format` is a pattern of strptime, or `epoch s`, `ms`, `us`, `ns`; without it ISO
        times and local dates are read, of which `date_order` tells what no row shows.
Errors: MapError, one sentence that names the map and what is wrong in it.
"""

from __future__ import annotations

import difflib
import tomllib
from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal

import msgspec

from loaders.exchange import lines
from loaders.parsing import times
from loaders.parsing.fields import platform_name
from loaders.records import RecordError

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
OPEN_GROUPS: dict[str, Kind] = {"metadata": "interaction", "tags": "content"}


class MapError(Exception):
    """A map cannot be used: one sentence that names what is wrong in it."""


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a map says. A column may fill several fields."""

    record: Kind = "interaction"
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str | int | bool] = {}
    values: dict[str, dict[str, str]] = {}  # field -> value in the file -> value
    ignored: list[str] = []  # columns that nobody misses
    date_format: str | None = None
    date_order: times.Order | None = None
    timezone: str | None = None
    # of JSON: the key of the list, where the document is an object
    list_key: str | None = msgspec.field(default=None, name="list")

    def sources(self) -> dict[str, str]:
        """Return the column of each field."""
        found: dict[str, str] = {}
        for column, fields in self.columns.items():
            for field in [fields] if isinstance(fields, str) else fields:
                if field in found:
                    raise MapError(f"{field} comes from {found[field]!r} and from {column!r}")
                found[field] = column
        return found

    def zone(self) -> tzinfo | None:
        """Return the zone of times without one."""
        return times.zone(self.timezone) if self.timezone else None


def read(path: Path) -> Map:
    """Read a map and check it."""
    try:
        told = msgspec.convert(tomllib.loads(path.read_text("utf-8")), Map)
        check(told)
    except tomllib.TOMLDecodeError as error:
        raise MapError(f"{path} is not TOML: {error}") from None
    except UnicodeDecodeError:
        raise MapError(f"{path} is not UTF-8") from None
    except (MapError, ValueError) as error:  # also of msgspec
        raise MapError(f"{path}: {error}") from None
    return told


def check(told: Map) -> None:
    """Raise MapError for unknown fields, and where what every record needs is missing."""
    sources = told.sources()
    for field in [*sources, *told.constants, *told.values]:
        if not is_field(field, told.record):
            raise MapError(
                f"{field!r} is no field of record {told.record!r}{_near(field, told)}"
            )
    for field in REQUIRED[told.record]:
        if field not in sources and told.constants.get(field) in (None, ""):
            raise MapError(f"{field} is missing: name its column, or a constant")
    for field in sources:
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
    if OPEN_GROUPS.get(group) == kind:
        return name != ""
    return kind == "interaction" and name in OF_OTHERS.get(group, ())


def _near(field: str, told: Map) -> str:
    """Which field may be meant, else which there are."""
    near = difflib.get_close_matches(field, FIELDS[told.record], 1)
    known = ", ".join(sorted(FIELDS[told.record]))
    return f"; {near[0]!r} is one" if near else f"; it has {known}"
