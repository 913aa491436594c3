"""Answers of Linear's GraphQL API -> raw records; a part of `platforms.linear`.

Source: answers that hold comments (`nodes` or `edges`, beneath an issue, issues, or by
        themselves) with their reactions.
Shape:  every comment, reaction and issue of an answer by itself.
Units:  ISO times in UTC.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from loaders.parsing.fields import secondary
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import instant
from loaders.platforms.linear.things import (
    ISSUE,
    THING,
    Issue,
    Kept,
    State,
    comment_records,
    issue_post,
    reaction_records,
)
from loaders.reading.json_values import items, members, outline
from loaders.records import Reason, Record, RecordError

_ID: msgspec.json.Decoder[str | int] = msgspec.json.Decoder(str | int)


class Place(msgspec.Struct, frozen=True):
    """Where a GraphQL node stands: beneath which issue and which comment."""

    kind: str = "Comment"
    issue: Issue | None = None
    comment_id: str | None = None


def _expand(raw: bytes, _: Context) -> list[Part]:
    """Every comment of an answer, and every reaction to it."""
    told = members(raw)
    is_answer = bool({"data", "issue", "issues", "comments"} & told.keys())
    return [*_parts(told)] or [Part(raw, is_empty=is_answer)]


def _parts(told: dict[str, bytes]) -> Iterator[Part]:
    told = members(told["data"]) if told.get("data", b"").startswith(b"{") else told
    if "issue" in told:
        yield from _beneath(told["issue"])
    for issue in _nodes(told.get("issues", b"")):
        yield from _beneath(issue)
    for key in ("comments", "comment"):
        yield from _comments(told.get(key, b""), None)


def _beneath(raw: bytes) -> Iterator[Part]:
    yield Part(raw, Place("Issue"))
    told = members(raw) if raw.startswith(b"{") else {}
    try:
        issue = ISSUE.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        issue = None  # the issue will be rejected; its comments need not be
    yield from _comments(told.get("comments", b""), issue)


def _comments(raw: bytes, issue: Issue | None) -> Iterator[Part]:
    for node in _nodes(raw):
        yield Part(node, Place("Comment", issue))
        told = members(node) if node.startswith(b"{") else {}
        for reaction in _nodes(told.get("reactions", b"")):
            yield Part(reaction, Place("Reaction", issue, _id(told.get("id", b""))))
        children = told.get("children", b"")
        yield from _comments(children if b"body" in children else b"", issue)


def _id(raw: bytes) -> str | None:
    """The id of a comment that may turn out to be broken."""
    try:
        return str(_ID.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _nodes(raw: bytes) -> Iterator[bytes]:
    """What a connection holds, as nodes or edges; a list or an object by itself as well."""
    if raw.startswith(b"["):
        yield from items(raw)
        return
    told = members(raw) if raw.startswith(b"{") else {}
    if "nodes" in told:
        yield from items(told["nodes"])
    elif "edges" in told:
        for edge in items(told["edges"]):
            yield members(edge).get("node", edge)
    elif "id" in told:
        yield raw


def parse_node(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one comment, reaction or issue of an answer into its records."""
    place: Place | None = context.parent
    if place is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "is no answer of the API with comments")
    if place.kind == "Issue":
        yield from issue_post(ISSUE.decode(raw))
        return
    thing = THING.decode(raw)
    thing.issue = thing.issue or place.issue
    thing.comment_id = thing.comment_id or place.comment_id
    version_at = secondary(instant, thing.updated_at or thing.edited_at, "updatedAt")
    kept = Kept(place.kind, None, thing.id, thing.created_at, thing.updated_at, thing.edited_at)
    state = State(thing.archived_at is not None, version_at, msgspec.json.encode(kept))
    if place.kind == "Reaction":
        yield from reaction_records(thing, None, state)
    else:
        yield from comment_records(thing, None, state)
        if thing.issue is not None and place.issue is None:
            yield from issue_post(thing.issue)


def _recognises_answer(head: bytes) -> bool:
    keys = outline(head)
    keys = outline(keys["data"]) if "data" in keys else keys
    for key in ("issue", "issues", "comments", "comment"):
        told = keys.get(key, b"")
        if key in ("issue", "issues"):
            is_ours = b'"comments"' in told and (b'"nodes"' in told or b'"edges"' in told)
        else:
            is_ours = {"nodes", "edges"} & outline(told).keys() != set() and b'"body"' in told
        if is_ours:
            return True
    return False


FORMATS = (
    Format(
        name="linear_graphql_json",
        expects="answers of the Linear API with comments (GraphQL JSON)",
        container=JsonArray(),
        recognises=_recognises_answer,
        parse=parse_node,
        expand=_expand,
    ),
)
