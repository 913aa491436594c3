"""Where posts and comments stand in the pages of Skool; a part of `platforms.skool`.

Source: pages of posts (`__NEXT_DATA__`), one post with its comments, comments (`post_tree`).
Shape:  a document in, the post and every comment at any depth out, each by itself with the
        post, the comment and the group that it stands beneath.
Units:  at most DEEPEST levels.
Errors: RecordError for what is nested deeper.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId
from loaders.parsing.formats import Context, Part
from loaders.reading.json_values import items, members
from loaders.records import Reason, RecordError

DEEPEST = 8  # two levels are usual
_PAGES = {"props", "pageProps", "post_tree"}


class GroupWords(msgspec.Struct, gc=False):
    display_name: str | None = msgspec.field(default=None, name="displayName")


class Group(msgspec.Struct, gc=False):
    id: NativeId = None
    name: str | None = None
    metadata: GroupWords | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a node stands: beneath which post and which comment, in which group."""

    group: Group | None = None
    post_id: str | None = None
    parent_id: str | None = None
    is_comment: bool = False


class Identified(msgspec.Struct, gc=False):
    id: str | int


_GROUP = Decoder(Group)
_IDENTIFIED = Decoder(Identified)


def expand(raw: bytes, _: Context) -> list[Part]:
    """Return the post and every comment of a document, each by itself."""
    told = members(raw)
    return [*_parts(raw, told)] or [Part(raw, is_empty=bool(_PAGES & told.keys()))]


def _parts(raw: bytes, told: dict[str, bytes]) -> Iterator[Part]:
    for key in ("props", "pageProps"):
        told = members(told[key]) if told.get(key, b"").startswith(b"{") else told
    place = Place(_group(told.get("currentGroup", b"")))
    if told.get("renderData", b"").startswith(b"{"):
        told = members(told["renderData"]) | told
    trees = [*items(told.get("postTrees", b""))]
    trees += [told[key] for key in ("postTree",) if told.get(key, b"").startswith(b"{")]
    for tree in trees:
        yield from _tree(tree, place)
    for key in ("post_tree", "pinned_post_tree"):
        if told.get(key, b"").startswith(b"{"):
            yield from _tree(told[key], place)
    if "post" in told:
        yield from _tree(raw, place)
    elif "metadata" in told and "id" in told:
        yield Part(raw, place)
        below = Place(place.group, _id(raw), None, True)
        for comment in items(told.get("comments", b"")):
            yield from _tree(comment, below)


def _tree(raw: bytes, place: Place, depth: int = 0) -> Iterator[Part]:
    """A node and what hangs beneath it; the comments of a post come without the post."""
    if depth > DEEPEST:
        raise RecordError(Reason.INVALID_JSON, "is nested too deeply")
    try:
        told = members(raw)
    except ValueError:
        yield Part(raw, place)
        return
    node = told.get("post", b"")
    below = Place(place.group, place.post_id, place.parent_id, True)
    if node and node != b"null":
        yield Part(node, place)
        node_id = _id(node)
        if not place.is_comment:
            below = Place(place.group, node_id, None, True)
        elif node_id is not None:
            below = Place(place.group, place.post_id, f"comment:{node_id}", True)
    elif depth and "children" not in told:
        yield Part(raw, place)  # no node: let it say so
    for child in items(told.get("children", b"")):
        yield from _tree(child, below, depth + 1)


def _id(raw: bytes) -> str | None:
    """The id of what may turn out to be broken."""
    try:
        return str(_IDENTIFIED.decode(raw).id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _group(raw: bytes) -> Group | None:
    try:
        return _GROUP.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
