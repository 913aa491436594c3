"""Skool posts, comments, likers and members -> raw records.

Source: what the web pages load, there is no public API: pages of posts (`__NEXT_DATA__` and
        `_next/data`, in camelCase; also one post with its comments, as scrapers keep it);
        comments (`post_tree` with nested `children`, in snake_case); vote-users; the members
        CSV that an administrator exports.
Export: with the page open, save the JSON that it loads (posts, comments, `vote-users`); the
        members CSV is exported by an administrator of the group.
Shape:  a post is a post with its counters, each comment at any depth an interaction of its
        own, who is named in a text as `[@name](obj://user/<id>)` a mention. Likers have no
        time. A member's row has no id, only an address, which is dropped: who joined is
        unknown, the keys are derived and numbered.
Units:  ISO times with any fraction, or whole micro- or nanoseconds since 1970.
Errors: RecordError naming the key; the rest of the page still lands. Likers of a post that
        is named neither in the document nor in its name are rejected.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from loaders.documents import BOM
from loaders.fields import NativeId, composite, count, identifier, optional_identifier
from loaders.formats import Context, Csv, Format, JsonArray, Part
from loaders.json_stream import items, members, outline
from loaders.records import Counter, Interaction, Post, Profile, Reason, Record, RecordError
from loaders.times import epoch, instant

PLATFORM = "skool"
SITE = "https://www.skool.com"
NONE = msgspec.Raw(b"")
DEEPEST = 8  # two levels are usual
NANOSECONDS_FROM = 100_000_000_000_000_000  # as microseconds the year 5138, as nano- 1973

Time = str | int | None


class User(msgspec.Struct, gc=False):
    id: NativeId = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class Metadata(msgspec.Struct, gc=False):
    title: str | None = None
    content: str | None = None
    upvotes: Any = None
    comments: Any = None


class Node(msgspec.Struct, gc=False):
    """A post or a comment."""

    id: str | int
    name: str | None = None
    metadata: Metadata | None = None
    created_at: Time = None
    updated_at: Time = None
    user_id: NativeId = None
    user: msgspec.Raw = NONE
    group_id: NativeId = None
    parent_id: NativeId = None
    root_id: NativeId = None
    post_type: str | None = None
    url: str | None = None
    scraped_at: Time = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The payload of a comment."""

    id: NativeId
    created_at: Time = None
    updated_at: Time = None
    parent_id: NativeId = None
    root_id: NativeId = None
    upvotes: Any = None


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


class Request(msgspec.Struct, gc=False):
    """What may say which post the likers like."""

    post_id: NativeId = None
    url: str | None = None


class Identified(msgspec.Struct, gc=False):
    id: str | int


_PAGES = {"props", "pageProps", "post_tree"}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NODE = msgspec.json.Decoder(Node)
_USER = msgspec.json.Decoder(User)
_GROUP = msgspec.json.Decoder(Group)
_REQUEST = msgspec.json.Decoder(Request)
_IDENTIFIED = msgspec.json.Decoder(Identified)
_MENTION = re.compile(r"\]\(obj://user/([\w-]+)\)")


def _expand(raw: bytes, _: Context) -> list[Part]:
    """The post and every comment of a document, each by itself."""
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


def _time(value: Time, key: str, context: Context) -> datetime | None:
    if isinstance(value, int):
        return epoch(value, key, "ns" if abs(value) >= NANOSECONDS_FROM else "us")
    return instant(value or None, key, context.timezone)


def _snake_case(raw: bytes) -> bytes:
    """The object with its keys spelled one way: pages differ, and some mix both."""
    told = members(raw).items()
    spelled = ((_CAPITAL.sub("_", key).lower(), value) for key, value in told)
    return b"{%s}" % b",".join(msgspec.json.encode(k) + b":" + v for k, v in spelled)


def _node(raw: bytes) -> Node:
    return _NODE.decode(_snake_case(raw))


def _user(raw: bytes) -> User:
    return _USER.decode(_snake_case(raw)) if raw.startswith(b"{") else User()


def _profile(user: User) -> Iterator[Profile]:
    actor_id = optional_identifier(user.id, "user.id")
    names = [name for name in (user.first_name, user.last_name) if name]
    if actor_id is not None and (user.name or names):
        yield Profile(
            platform=PLATFORM,
            actor_id=actor_id,
            username=user.name,
            display_name=" ".join(names) or None,
            profile_url=f"{SITE}/@{user.name}" if user.name else None,
        )


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one post or comment into its records."""
    place: Place | None = context.parent
    if place is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "is neither a page nor a post")
    node = _node(raw)
    user = _user(bytes(node.user))
    root_id = optional_identifier(node.root_id, "root_id")
    is_comment = place.is_comment or node.post_type == "comment"
    if is_comment or root_id not in (None, str(node.id)):
        yield from _comment(node, user, place, context)
    else:
        yield from _post(node, user, place, context)
    yield from _profile(user)


def _actor(node: Node, user: User) -> str | None:
    return optional_identifier(node.user_id or user.id, "user_id")


def _post(node: Node, user: User, place: Place, context: Context) -> Iterator[Record]:
    post_id = identifier(node.id, "id")
    told = node.metadata or Metadata()
    group = place.group or Group()
    slug = f"{SITE}/{group.name}/{node.name}" if group.name and node.name else None
    posted_at = _time(node.created_at, "createdAt", context)
    observed_at = _time(node.scraped_at, "scrapedAt", context)
    yield Post(
        platform=PLATFORM,
        post_id=post_id,
        native_type=node.post_type or "post",
        title=told.title or None,
        url=node.url or slug,
        posted_at=posted_at,
        author_id=_actor(node, user),
        community_id=optional_identifier(node.group_id or group.id, "groupId"),
        community_name=(group.metadata and group.metadata.display_name) or group.name,
    )
    for metric, value in (("upvotes", told.upvotes), ("comments", told.comments)):
        number = count(value, f"metadata.{metric}")
        if number is not None:
            yield Counter(
                platform=PLATFORM,
                post_id=post_id,
                native_metric=metric,
                value=number,
                observed_at=observed_at,
            )
    posted = Interaction(
        platform=PLATFORM,
        native_id=composite("post", post_id),
        native_type="post",
        actor_id=_actor(node, user),
        post_id=post_id,
        occurred_at=posted_at,
        time_precision="second" if posted_at else "unknown",
        version_at=_time(node.updated_at, "updatedAt", context) or posted_at,
    )
    yield from _mentions(told.content, posted, None)


def _comment(node: Node, user: User, place: Place, context: Context) -> Iterator[Record]:
    told = node.metadata or Metadata()
    native_id = composite("comment", identifier(node.id, "id"))
    post_id = optional_identifier(node.root_id, "root_id") or place.post_id
    parent_id = optional_identifier(node.parent_id, "parent_id")
    occurred_at = _time(node.created_at, "created_at", context)
    parent = place.parent_id
    if parent_id is not None:
        parent = None if parent_id == post_id else composite("comment", parent_id)
    count(told.upvotes, "metadata.upvotes")
    kept = Kept(
        node.id, node.created_at, node.updated_at, node.parent_id, node.root_id, told.upvotes
    )
    comment = Interaction(
        platform=PLATFORM,
        native_id=native_id,
        native_type="comment",
        actor_id=_actor(node, user),
        post_id=post_id,
        thread_id=post_id,
        parent_id=parent,
        text=told.content or node.name,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=_time(node.updated_at, "updated_at", context) or occurred_at,
        payload=msgspec.json.encode(kept),
    )
    yield comment
    yield from _mentions(comment.text, comment, native_id)


def _mentions(text: str | None, by: Interaction, parent_id: str | None) -> Iterator[Record]:
    for mentioned in dict.fromkeys(_MENTION.findall(text or "")):
        yield msgspec.structs.replace(
            by,
            native_id=composite("mention", by.native_id, mentioned),
            native_type="mention",
            parent_id=parent_id,
            text=None,
            metadata={"mentioned_id": mentioned},
            payload=None,
        )


_REQUESTED = re.compile(r"/posts/([\w-]+)/vote-users")
_NAMED = re.compile(r"([0-9a-f]{32})[\W_]+vote-users|vote-users[\W_]+([0-9a-f]{32})")


def parse_voter(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one liker into its records."""
    request: Request = context.header
    user = _USER.decode(_snake_case(raw))
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
        platform=PLATFORM,
        native_id=composite("like", post_id, actor_id),
        native_type="upvote",
        actor_id=actor_id,
        post_id=post_id,
        time_precision="unknown",
    )
    yield from _profile(user)


def _member(row: dict[str, str], context: Context) -> Iterable[Record]:
    """Somebody who joined; the address and the answers stay behind."""
    row = {_column(name): value.strip() for name, value in row.items()}
    joined = row["joineddate"]
    is_day = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", joined) is not None
    zone = context.timezone or (UTC if is_day else None)
    at = instant(f"{joined}T00:00:00" if is_day else joined or None, "JoinedDate", zone)
    if at is None:
        raise RecordError(Reason.MISSING_FIELD, "JoinedDate is empty")
    told = chr(31).join((row["firstname"], row["lastname"], at.isoformat()))
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("join", hashlib.md5(told.encode()).hexdigest()),
        native_type="join",
        actor_kind="person",
        occurred_at=at,
        time_precision="day" if is_day else "second",
        key_quality="derived",
    )


def _column(name: str) -> str:
    return name.replace(" ", "").replace("_", "").lower()


def _columns(head: bytes) -> set[str]:
    line = head.removeprefix(BOM).partition(b"\n")[0].decode(errors="replace")
    return {_column(name.strip().strip('"')) for name in line.split(",")}


def _recognises_page(head: bytes) -> bool:
    keys = outline(head)
    for key in ("props", "pageProps"):
        keys = outline(keys[key]) if key in keys else keys
    if "renderData" in keys:
        keys = outline(keys["renderData"]) | keys
    if {"postTree", "postTrees", "post_tree"} & keys.keys():
        return True
    told = keys.get("metadata", b"") + keys.get("url", b"")
    return {"id", "metadata", "user"} <= keys.keys() and (
        b"skool" in told or b'"upvotes"' in told
    )


def _recognises_voters(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("users", b""))
    is_told = {"has_more", "cursor", "post_id"} & keys.keys() or b"vote-users" in keys.get(
        "url", b""
    )
    return "users" in keys and bool(is_told) and (not first or {"id", "name"} <= first.keys())


FORMATS = (
    Format(
        name="skool_page_json",
        expects="a Skool page of posts or comments (JSON)",
        container=JsonArray(),
        recognises=_recognises_page,
        parse=parse,
        expand=_expand,
    ),
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
    ),
)
