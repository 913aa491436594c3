"""One's own CSV or JSON -> raw records, by a map (`mapping`).

Source: a CSV file with a header line; a JSON list, or NDJSON, of objects. A CSV file whose
        columns are called as the fields of the exchange format needs no map (`csv_rows`).
Shape:  one row in -> one line of the exchange format, parsed as such; of an interaction also
        its account and its post, where the map names fields of theirs. `counter.NAME` is a
        number of a post, or of an interaction that is one itself. Objects within objects
        have columns joined by dots. A row without an id gets one derived from all that the map
        reads of it, numbered among equals. Columns that the map does not name are noted.
Units:  as the map says; a date without a clock is exact to the day.
Errors: RecordError naming the column.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from loaders.exchange import lines
from loaders.exchange.mapping import (
    ANY,
    EPOCHS,
    LITERAL,
    OF_OTHERS,
    Kind,
    Map,
)
from loaders.parsing.fields import count, secondary
from loaders.parsing.formats import Context, Csv, Format, JsonArray
from loaders.parsing.notes import note
from loaders.parsing.times import Order, date_order, epoch, local_moment
from loaders.reading.documents import BOM
from loaders.records import Interaction, Reason, Record, RecordError, TimePrecision

JSON, CSV = "mapped_json", "mapped_csv"  # names of formats
TIMES = {"occurred_at", "version_at", "posted_at", "observed_at"}
FLAGS = {"retracted", "removed", "is_verified"}
NUMBERS = {"follower_count", "value"}
IDENTIFYING = {"occurred_at", "retracted", "value"}
COUNTER = "counter"
MESSAGES = {"message", "dm"}  # interactions that are messages; the others are comments
_YES, _NO = {"true", "t", "yes", "y", "1"}, {"false", "f", "no", "n", "0"}
_DECIMAL = re.compile(r"(-?[0-9]{1,12})\.([0-9]+)")
_OBJECT = msgspec.json.Decoder(dict[str, Any])

Row = Mapping[str, Any]


def format_for(told: Map, head: bytes) -> Format:
    """Return the format that reads a document by a map: JSON or CSV, by its first character."""
    is_json = head.removeprefix(BOM).lstrip()[:1] in (b"[", b"{")
    return format_by(JSON if is_json else CSV, told)


def format_by(name: str, told: Map) -> Format:
    """Return the format of that name, with a map."""
    reader = Reader(told)
    if name == JSON:
        return Format(
            name=JSON,
            expects="a JSON list or NDJSON of objects, with a map",
            container=JsonArray(told.list_key),
            recognises=lambda _: False,
            parse=lambda raw, context: reader.parse(flat(raw), context),
        )
    return Format(
        name=CSV,
        expects="a CSV file, with a map",
        container=Csv(),
        recognises=lambda _: False,
        parse=reader.parse_row,
        survey=reader.survey,
    )


def flat(raw: bytes) -> dict[str, Any]:
    """Return an object with the keys of objects within it joined by dots."""
    found: dict[str, Any] = {}

    def walk(told: Mapping[str, Any], before: str) -> None:
        for key, value in told.items():
            if isinstance(value, dict):
                walk(value, f"{before}{key}.")
            else:
                found[before + key] = value

    walk(_OBJECT.decode(raw), "")
    return found


class Reader:
    """A map, and what is worked out from it once."""

    def __init__(self, told: Map) -> None:
        self._map = told
        self._sources = told.sources()
        self._zone = told.zone()
        self._columns = told.columns.keys() | told.joins() | set(told.required)
        self._named = self._columns | set(told.ignored)
        self._notes = ANY not in told.ignored

    def survey(self, rows: Iterator[dict[str, str]], context: Context) -> Order | None:
        """Return the order of day and month, as declared or as a row shows."""
        if (order := self._map.date_order or context.date_order) is not None:
            return order
        columns = [col for field, col in self._sources.items() if _name(field) in TIMES]
        if self._map.date_format is not None or not columns:
            return None
        return date_order(row.get(column, "") for row in rows for column in columns)

    def parse_row(self, row: Mapping[str, str], context: Context) -> Iterable[Record]:
        """Turn one row of a CSV file into its records."""
        for column in self._columns - row.keys():
            raise RecordError(
                Reason.MISSING_FIELD, f"there is no column {column!r}, which the map names"
            )
        return self.parse(row, context)

    def parse(self, row: Row, context: Context) -> Iterable[Record]:
        """Turn one row or object into its records."""
        zone = self._zone or context.timezone
        order = self._map.date_order or context.date_order or context.gathered
        told: dict[str, Any] = dict(self._map.constants)
        precision: TimePrecision | None = None
        for column in self._map.required:
            if _is_absent(row.get(column)):
                raise RecordError(Reason.MISSING_FIELD, f"{column} is missing")
        for field, columns in self._map.joined.items():
            if (joined := _joined(row, columns, is_needed=field == "id")) is not None:
                told[field] = joined
        for field, column in self._sources.items():
            value = row.get(column)
            if _is_absent(value):
                continue
            meant = self._map.values.get(field, {})
            value = meant.get(str(value).strip(), value)
            name = _name(field)
            if name == "occurred_at":
                at, precision = self._moment(value, column, zone, order)
                told[field] = at.isoformat()
            elif name in TIMES:
                found = secondary(self._moment, value, column, zone, order)
                told[field] = found and found[0].isoformat()
            elif name in IDENTIFYING:
                told[field] = _value(value, column, name)
            elif field.startswith(f"{COUNTER}."):
                told[field] = secondary(_counted, value, column)
            else:
                told[field] = secondary(_value, value, column, name)
        for column in row.keys() - self._named if self._notes else ():
            note("passed_over", column, "the map does not name this column")
        return list(self._records(told, precision, context))

    def _moment(
        self, value: Any, column: str, zone: tzinfo | None, order: Order | None
    ) -> tuple[datetime, TimePrecision]:
        pattern = self._map.date_format
        text = " ".join(str(value).split())
        if pattern is None:
            return local_moment(text, column, zone, order)
        if pattern in EPOCHS:
            if pattern == "epoch s" and (parts := _DECIMAL.fullmatch(text)):
                at = epoch(parts[1] + parts[2][:6].ljust(6, "0"), column, "us")
            else:
                at = epoch(text, column, EPOCHS[pattern])
            assert at is not None
            return at, "second"
        try:
            plain = datetime.strptime(text, pattern).isoformat()  # noqa: DTZ007 (may have none)
        except ValueError:
            raise RecordError(
                Reason.INVALID_TIME, f"{column} is not a time like {pattern}"
            ) from None
        return local_moment(plain, column, zone)[0], _precision(pattern)

    def _records(
        self, told: dict[str, Any], precision: TimePrecision | None, context: Context
    ) -> Iterator[Record]:
        kind = self._map.record
        line, groups = _grouped(told)
        is_derived = kind == "interaction" and "id" not in line
        line |= {"record": kind, **_complete(kind, line, groups, told)}
        for record in lines.parse(msgspec.json.encode(line), context):
            if isinstance(record, Interaction):
                record = msgspec.structs.replace(  # noqa: PLW2901
                    record,
                    key_quality="derived" if is_derived else "native",
                    time_precision=precision or record.time_precision,
                )
            yield record
        for group, key in (("profile", "actor_id"), ("post", "post_id")):
            if groups.get(group) and line.get(key) is not None:
                about = {"record": group, "platform": line["platform"], key: line[key]}
                yield from lines.parse(msgspec.json.encode(about | groups[group]), context)
        yield from _counters(kind, line, groups.get(COUNTER, {}), context)


def _counters(kind: Kind, line: Row, counters: Row, context: Context) -> Iterator[Record]:
    """Return the counters of a row: of its post, or of the interaction as a post of that id."""
    told = {name: value for name, value in counters.items() if value is not None}
    post: dict[str, Any] = {"platform": line["platform"]} if told else {}
    if told and kind == "interaction":
        post["post_id"] = line["id"]
        is_message = line["type"] in MESSAGES
        about = {"record": "post", "type": "message" if is_message else "comment", **post}
        yield from lines.parse(msgspec.json.encode(about), context)
    elif told:
        post |= {"post_id": line["post_id"], "observed_at": line.get("observed_at")}
    for name, value in told.items():
        counter = {"record": COUNTER, **post, "metric": name, "value": value}
        yield from lines.parse(msgspec.json.encode(counter), context)


def _grouped(told: Row) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The fields of a line itself, and those of groups such as `profile.username`."""
    line: dict[str, Any] = {}
    groups: dict[str, dict[str, Any]] = {}
    for field, value in told.items():
        group, dot, name = field.partition(".")
        if dot:
            groups.setdefault(group, {})[name] = value
        else:
            line[field] = value
    return line, groups


def _complete(
    kind: Kind, line: dict[str, Any], groups: Mapping[str, dict[str, Any]], told: Row
) -> dict[str, Any]:
    """What a line has besides plain fields: an id, nobody where nobody is named, lists."""
    more: dict[str, Any] = {}
    if kind == "interaction":
        if line.get("actor_id") is None:
            more = {"actor_id": None, "actor_kind": line.get("actor_kind", "anonymous")}
        if "id" not in line:
            kept = {key: told[key] for key in told if not key.startswith(f"{COUNTER}.")}
            said = msgspec.json.encode(kept, order="sorted")
            more["id"] = f"row:{hashlib.md5(said).hexdigest()}"
        if "metadata" in groups:
            more["metadata"] = {**line.get("metadata", {}), **groups["metadata"]}
    if kind == "content":
        post_id, platform = line.pop("post_id", None), line.pop("platform", None)
        if post_id is not None:
            more["posts"] = [{"platform": platform, "post_id": post_id}]
        tags = groups.get("tags", {}).items()
        more["tags"] = [{"type": name, "value": str(value)} for name, value in tags]
    return more


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _joined(row: Row, columns: Sequence[str], *, is_needed: bool) -> str | None:
    """The values of some columns as one, or None where one has none."""
    for column in columns:
        if not column.startswith(LITERAL) and _is_absent(row.get(column)):
            if is_needed:
                raise RecordError(Reason.MISSING_FIELD, f"{column} is missing")
            return None
    return ":".join(
        column.removeprefix(LITERAL)
        if column.startswith(LITERAL)
        else str(_value(row[column], column, "id"))
        for column in columns
    )


def _counted(value: Any, column: str) -> int | None:
    return count(_value(value, column, "value"), column)


def _value(value: Any, column: str, field: str) -> Any:
    """A value as the exchange format has it."""
    if field in FLAGS:
        word = str(value).strip().lower()
        if word not in _YES | _NO:
            raise RecordError(Reason.INVALID_FIELD, f"{column} is neither yes nor no")
        return word in _YES
    if field in NUMBERS:
        text = str(value).strip()
        return int(text) if text.isdecimal() else value
    if field == "metadata":
        return value if isinstance(value, dict) else _object(str(value), column)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value) if field == "text" else str(value).strip()


def _object(text: str, column: str) -> dict[str, Any]:
    try:
        return _OBJECT.decode(text)
    except msgspec.DecodeError:
        raise RecordError(Reason.INVALID_FIELD, f"{column} is not a JSON object") from None


def _name(field: str) -> str:
    """A field without the record that it is of; keys of people's own stay whole."""
    group, _, name = field.rpartition(".")
    return name if group in ("", *OF_OTHERS) else field


def _precision(pattern: str) -> TimePrecision:
    """How exact a time of that pattern is."""
    if re.search(r"%[STXcsf]", pattern):
        return "second"
    return "minute" if re.search(r"%[HI]", pattern) else "day"
