"""Who likes a post of Skool, and who joined a group; a part of `platforms.skool`.

Source: vote-users of one post (JSON); the members CSV that an administrator exports.
Shape:  one liker in -> the like and his profile; one member -> the joining of somebody unknown:
        the row has no id, only an address, which is dropped. Its key is derived.
Units:  likers have no time; members ISO times, or dates as a spreadsheet writes them.
Errors: RecordError: likers of a post that is named neither in the document nor in its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC

import msgspec

from loaders.parsing.builders import digest
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier, optional_identifier
from loaders.parsing.formats import Context, Csv, Format, JsonArray
from loaders.parsing.local_dates import moment
from loaders.parsing.times import Order, date_order
from loaders.platforms.skool.users import SKOOL, profile_of, user_of
from loaders.reading.csv_stream import column_names
from loaders.reading.json_values import outline
from loaders.records import Interaction, Reason, Record, RecordError


class Request(msgspec.Struct, gc=False):
    """What may say which post the likers like."""

    post_id: NativeId = None
    url: str | None = None


_REQUEST = Decoder(Request)
_REQUESTED = re.compile(r"/posts/([\w-]+)/vote-users")
_NAMED = re.compile(r"([0-9a-f]{32})[\W_]+vote-users|vote-users[\W_]+([0-9a-f]{32})")


def parse_voter(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one liker into its records."""
    request: Request = context.header
    user = user_of(raw)
    actor_id = identifier(user.id, "id")
    post_id = optional_identifier(request.post_id, "post_id")
    if post_id is None:
        found = _REQUESTED.search(request.url or "") or _REQUESTED.search(context.source)
        found = found or _NAMED.search(context.source)
        if found is None:
            raise RecordError(
                Reason.UNSUPPORTED_RECORD,
                "the page does not say whose likes these are: name the file"
                " vote-users_<post id>, or add `post_id` beside `users`",
            )
        post_id = next(group for group in found.groups() if group)
    yield Interaction(
        platform=SKOOL,
        native_id=composite("like", post_id, actor_id),
        native_type="upvote",
        actor_id=actor_id,
        post_id=post_id,
        time_precision="unknown",
    )
    yield from profile_of(user)


def _member(row: dict[str, str], context: Context) -> Iterable[Record]:
    """Somebody who joined; the address and the answers stay behind."""
    row = {_column(name): value.strip() for name, value in row.items()}
    joined = row["joineddate"]
    default = None if ":" in joined else UTC  # the zone of a day changes little
    at, precision = moment(joined, "JoinedDate", context, default)
    key = digest(row["firstname"], row["lastname"], at.isoformat())
    yield Interaction(
        platform=SKOOL,
        native_id=composite("join", key),
        native_type="join",
        actor_kind="person",
        occurred_at=at,
        time_precision=precision,
        key_quality="derived",
    )


def _survey(rows: Iterator[dict[str, str]], context: Context) -> Order | None:
    """The order of day and month in the column of the joining."""
    return context.date_order or date_order(
        cell for row in rows for name, cell in row.items() if _column(name) == "joineddate"
    )


def _column(name: str) -> str:
    return name.replace(" ", "").replace("_", "").lower()


def _columns(head: bytes) -> set[str]:
    return {_column(name) for name in column_names(head)}


def _recognises_voters(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("users", b""))
    is_told = {"has_more", "cursor", "post_id"} & keys.keys() or b"vote-users" in keys.get(
        "url", b""
    )
    return "users" in keys and bool(is_told) and (not first or {"id", "name"} <= first.keys())


FORMATS = (
    Format(
        name="skool_voters_json",
        expects="Skool vote-users of one post (JSON with `users`)",
        container=JsonArray("users"),
        recognises=_recognises_voters,
        parse=parse_voter,
        header=_REQUEST.decode,
    ),
    Format(
        name="skool_members_csv",
        expects="the members of a Skool group (CSV)",
        container=Csv(),
        recognises=lambda head: {"firstname", "lastname", "joineddate"} <= _columns(head),
        parse=_member,
        survey=_survey,
    ),
)
