"""A first draft of a map (`mapping`), from what a file's columns are called and hold.

Source: a CSV file with a header line; a JSON list, or NDJSON, of objects.
Shape:  a document in; the text of a TOML file, and what it could not tell, out.
Units:  the first 1,000 rows are looked at.
Errors: MapError where the file has no columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import PurePath
from typing import Any

import msgspec

from loaders.exchange.mapped import flat
from loaders.exchange.mapping import Kind, MapError
from loaders.parsing.times import date_order, local_moment, zone
from loaders.reading.csv_stream import dialect, rows
from loaders.reading.documents import BOM, Document
from loaders.reading.json_cursor import Broken
from loaders.reading.json_stream import elements
from loaders.reading.json_values import outline
from loaders.records import RecordError

LOOKED_AT = 1_000
COLUMNS = "[columns]  # column of the file = field of the record"
MOSTLY = 0.8  # of the values of a column
_SEPARATORS = re.compile(r"[\W_]+")
_EPOCH = re.compile(r"1[0-9]{9}(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?")
_EPOCHS = {10: "epoch s", 13: "epoch ms", 16: "epoch us", 19: "epoch ns"}
_ZONED = re.compile(r":[0-9]{2}(?:[.,][0-9]+)? ?(?:Z|UTC|[+-][0-9]{2}:?(?:[0-9]{2})?)$", re.I)
_UTC = zone("UTC")
_WIDE = 0x10000  # from here on an escape has eight digits

NAMES: dict[str, tuple[str, ...]] = {  # a field, and what its column may be called
    "id": (
        "id",
        "commentid",
        "messageid",
        "interactionid",
        "reviewid",
        "eventid",
        "rowid",
        "commentno",
        "messageno",
        "no",
        "nr",
        "number",
    ),
    "actor_id": ("actorid", "userid", "authorid", "memberid", "accountid", "customerid"),
    "profile.username": ("username", "handle", "login", "screenname", "nick", "nickname"),
    "profile.display_name": (
        *("displayname", "name", "author", "authorname", "fullname", "user", "member"),
        *("autor", "nutzer", "nombre", "nom", "verfasser"),
    ),
    "profile.follower_count": ("followercount", "followers"),
    "profile.profile_url": ("profileurl", "profile", "profilelink"),
    "post_id": ("postid", "topicid", "articleid", "videoid", "pageid", "itemid", "contentid"),
    "post.title": ("posttitle", "title", "topic", "subject", "article", "titel"),
    "post.url": ("posturl", "url", "link", "permalink"),
    "occurred_at": (
        *("occurredat", "createdat", "created", "date", "datetime", "time", "timestamp"),
        *("postedat", "publishedat", "sentat", "datum", "zeit", "fecha", "commentedat"),
    ),
    "text": (
        *("text", "comment", "message", "body", "content", "review", "commenttext"),
        *("kommentar", "nachricht", "comentario", "commentaire", "mensaje"),
    ),
    "parent_id": ("parentid", "replyto", "inreplyto", "replytoid", "parentcommentid"),
    "thread_id": ("threadid", "conversationid"),
    "type": ("type", "interactiontype", "eventtype", "action"),
    "kind": ("kind", "reaction", "reactiontype"),
    "platform": ("platform", "source", "network"),
    "sentiment": ("sentiment",),
    "retracted": ("retracted", "deleted", "isdeleted", "removed"),
    "version_at": ("updatedat", "editedat", "edited", "modifiedat"),
    "metric": ("metric",),
    "value": ("value", "count"),
}
_OF_KIND: dict[Kind, dict[str, str]] = {  # fields that are called otherwise in another record
    "profile": {f"profile.{name}": name for name in ("username", "display_name")}
    | {"profile.follower_count": "follower_count", "profile.profile_url": "profile_url"},
    "post": {"post.title": "title", "post.url": "url", "occurred_at": "posted_at"},
    "counter": {"occurred_at": "observed_at"},
}


class Draft(msgspec.Struct, frozen=True):
    """The text of a map, and sentences about what has to be settled by a person."""

    text: str
    questions: tuple[str, ...]


def draft(document: Document) -> Draft:
    """Draft a map for a document."""
    columns, found, list_key = _sample(document)
    if not columns:
        raise MapError(f"{document.name} has no columns: its first line names none")
    values = {
        col: [str(row[col]) for row in found if _is_told(row.get(col))] for col in columns
    }
    fields = _fields(columns, values)
    kind = _kind(set(fields.values()))
    questions = [f"which record a row is: taken as {kind}"]
    fields = {
        column: _OF_KIND.get(kind, {}).get(field, field) for column, field in fields.items()
    }
    if kind != "interaction":
        fields = {column: field for column, field in fields.items() if "." not in field}
    also = _stand_ins(kind, fields, questions)
    lines = [
        f"# How to read {_plain(document.name)}; use it with `warehouse load --map`.",
        "# Check every line. What could not be told from the file is marked with TODO.",
        "",
        f'record = "{kind}"  # or interaction, profile, post, counter, content',
        *([f"list = {_quoted(list_key)}"] if list_key else []),
        *_dates(fields, values, questions),
        "",
        COLUMNS,
        *(f"{_quoted(col)} = {_named(field, also.get(col))}" for col, field in fields.items()),
        "",
        "[constants]",
        *_constants(kind, {*fields.values(), *also.values()}, questions),
    ]
    rest = [column for column in columns if column not in fields]
    if rest:
        questions.append(f"what these columns hold: {', '.join(rest)}")
        place = lines.index(COLUMNS) - 1
        lines[place:place] = [
            "# TODO: give these columns a field below, or leave them here to ignore them.",
            f"ignored = [{', '.join(map(_quoted, rest))}]",
        ]
    return Draft("\n".join(lines) + "\n", tuple(questions))


def _sample(document: Document) -> tuple[list[str], list[dict[str, Any]], str | None]:
    """The columns of a document, some of its rows, and the key of its list."""
    head = document.head.removeprefix(BOM).lstrip()
    if head[:1] not in (b"[", b"{"):
        found = list(islice(_csv_rows(document), LOOKED_AT))
        return [*dict.fromkeys(key for row in found[:1] for key in row)], found[1:], None
    key = None
    if head[:1] == b"{":
        key = next((k for k, v in outline(head).items() if v[:2].startswith(b"[")), None)
        is_lines = head.count(b"\n{") > 0
        key = None if is_lines else key
    with document.open_stream() as stream:
        natives = (piece for piece in elements(stream, key) if isinstance(piece, tuple))
        objects = [raw for _, raw in islice(natives, LOOKED_AT) if raw[:1] == b"{"]
    told = []
    for raw in objects:
        try:
            told.append(flat(raw))
        except (msgspec.DecodeError, RecursionError):
            continue
    return [*dict.fromkeys(column for row in told for column in row)], told, key


def _csv_rows(document: Document) -> Iterator[dict[str, Any]]:
    """The header line, as a row of its own names, and the rows below it."""
    columns: list[str] = []
    delimiter, start = dialect(document.head, ",")
    with document.open_stream() as stream:
        for piece in rows(stream, delimiter, start=start):
            if isinstance(piece, Broken):
                continue
            cells = piece[2]
            if not columns:
                columns = [cell.strip() for cell in cells]
                yield dict(zip(columns, columns, strict=True))
            elif len(cells) == len(columns):
                yield dict(zip(columns, cells, strict=True))


def _is_told(value: Any) -> bool:
    return value is not None and str(value).strip() != ""


def _fields(columns: Sequence[str], values: dict[str, list[str]]) -> dict[str, str]:
    """The field of each column that is called like one, or holds times."""
    plain = {column: _SEPARATORS.sub("", column.lower()) for column in columns}
    found: dict[str, str] = {}
    for field, names in NAMES.items():
        of_field = [column for name in names for column in columns if plain[column] == name]
        free = [column for column in of_field if column not in found]
        if free:
            found[free[0]] = field
    if "occurred_at" not in found.values():
        for column in columns:
            if column not in found and _are_times(values[column]):
                found[column] = "occurred_at"
                break
    return {column: found[column] for column in columns if column in found}


def _kind(fields: set[str]) -> Kind:
    if {"metric", "value"} <= fields:
        return "counter"
    if fields & {"text", "type", "kind", "parent_id", "thread_id"}:
        return "interaction"
    if "post_id" in fields and "actor_id" not in fields:
        return "post"
    is_profile = fields & {"profile.username", "profile.display_name", "profile.follower_count"}
    return "profile" if is_profile and "occurred_at" not in fields else "interaction"


def _stand_ins(kind: Kind, fields: dict[str, str], questions: list[str]) -> dict[str, str]:
    """Where an id is missing: the columns of a name or an address that stand for it."""
    told = set(fields.values())
    found: dict[str, str] = {}
    for field, what, names in (
        ("actor_id", "an account", ("profile.username", "profile.display_name")),
        ("actor_id", "an account", ("username", "display_name")),
        ("post_id", "a post", ("post.url", "post.title")),
    ):
        column = next((col for name in names for col in fields if fields[col] == name), None)
        if column is not None and field not in told:
            told.add(field)
            found[column] = field
            questions.append(f"the id of {what}: {column!r} stands for it")
    if kind == "interaction" and "actor_id" not in told:
        questions.append("who did it: no column names an account")
    if kind == "interaction" and "id" not in told:
        questions.append("the id of a row: equal rows are told apart by their order")
    return found


def _constants(kind: Kind, told: set[str], questions: list[str]) -> list[str]:
    """What every record needs and no column holds."""
    lines = []
    if kind != "content" and "platform" not in told:
        questions.append("the platform: taken as web")
        lines.append('platform = "web"  # TODO: whatever the place is called, a-z, digits, _')
    if kind == "interaction" and "type" not in told:
        meant = "comment" if "text" in told else "reaction" if "kind" in told else "view"
        questions.append(f"the type of interaction: taken as {meant}")
        lines.append(f'type = "{meant}"  # TODO: comment, like, share, save, message, view, …')
    for field in ("actor_id",) if kind == "profile" else ("post_id",) if kind == "post" else ():
        if field not in told:
            questions.append(f"{field}: no column holds it")
            lines.append(f'{field} = ""  # TODO: name its column above')
    return lines


def _dates(
    fields: dict[str, str], values: dict[str, list[str]], questions: list[str]
) -> list[str]:
    """How times are written, as far as it shows."""
    times = [column for column, field in fields.items() if field.endswith("_at")]
    told = [value.strip() for column in times for value in values[column]]
    if not told:
        return []
    if all(_EPOCH.fullmatch(value) for value in told):
        return [f'date_format = "{_EPOCHS[len(told[0])]}"']
    lines = []
    if not _are_times(told):
        questions.append(f"how times are written, such as {told[0]!r}")
        lines += ['# date_format = "%d.%m.%Y %H:%M"  # TODO: as in Python\'s strptime']
    elif not _are_times(told, is_settled=True):
        questions.append(f"whether day or month comes first in {told[0]!r}")
        lines += ['# date_order = "dmy"  # TODO: or "mdy"']
    if not all(_ZONED.search(value) for value in told):
        questions.append("the time zone: times without one need it here or as --timezone")
        lines += ['# timezone = "Europe/Berlin"  # TODO: of times without a zone']
    return lines


def _are_times(values: Sequence[str], *, is_settled: bool = False) -> bool:
    """Whether most values are times, of an order that shows if it has to."""
    order = date_order(values) or (None if is_settled else "dmy")
    found = 0
    for value in values:
        try:
            found += _EPOCH.fullmatch(value) is not None or bool(
                local_moment(value, "", _UTC, order)
            )
        except (RecordError, ValueError):
            continue
    return found > 0 and found >= len(values) * (1.0 if is_settled else MOSTLY)


def _named(field: str, also: str | None) -> str:
    return _quoted(field) if also is None else f"[{_quoted(also)}, {_quoted(field)}]"


def _quoted(text: str) -> str:
    """A text in TOML; what a terminal would obey, or nobody sees, is written as an escape."""
    return "".join(map(_escaped, json.dumps(text, ensure_ascii=False)))


def _escaped(one: str) -> str:
    if one.isprintable():
        return one
    return f"\\u{ord(one):04x}" if ord(one) < _WIDE else f"\\U{ord(one):08x}"


def _plain(name: str) -> str:
    """The last part of a name, on one line."""
    return "".join(one if one.isprintable() else "?" for one in PurePath(name).name)
