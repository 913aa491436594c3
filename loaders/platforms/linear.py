"""Linear comments, reactions and issue events -> raw records.

Source: webhook bodies, of 2021 (no actor, no webhookTimestamp) and since; answers of the
        GraphQL API that hold comments (`nodes` or `edges`, beneath an issue, issues, or by
        themselves) with their reactions.
Export: create a webhook in the workspace's API settings and keep its bodies; or save the
        answers of a GraphQL query for comments with their reactions.
Shape:  a comment or reaction is one interaction, whichever event or page delivers it: update
        edits, remove retracts. `@name` in a comment is a mention, retracted by the edit that
        takes it out. What happens to issues and everything else is an event of its own, in
        its native words, by the one who did it: of 2021 only the creator is known. An issue
        is the post, its identifier (`ENG-12`) part of its address: where only the identifier
        is told, it is Linear's own short one. How often it was viewed Linear does not tell.
Units:  ISO times in UTC. An event is keyed by type, id, action and time of the state, for
        `webhookId` names the webhook and not the delivery.
Errors: RecordError naming the key; the other bodies or comments still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.fields import NativeId, composite, identifier, optional_identifier, required_text
from loaders.formats import Context, Format, JsonArray, Part
from loaders.json_stream import items, members, outline
from loaders.records import (
    ActorKind,
    Interaction,
    Post,
    Profile,
    Reason,
    Record,
    RecordError,
)
from loaders.times import epoch, instant

PLATFORM = "linear"
NONE = msgspec.Raw(b"")
SHORT_ADDRESS = "https://linear.app/issue/"
CHANGES = {
    *("assigneeId", "stateId", "title", "description", "priority", "dueDate", "estimate"),
    *("projectId", "cycleId", "labelIds", "parentId", "teamId", "name"),
}
STATES = ("create", "update", "restore", "unarchive", "archive")  # of something that is there


class User(msgspec.Struct, gc=False, rename="camel"):
    id: NativeId = None
    name: str | None = None
    display_name: str | None = None
    type: str | None = None
    url: str | None = None


class Team(msgspec.Struct, gc=False):
    id: NativeId = None
    key: str | None = None
    name: str | None = None


class Issue(msgspec.Struct, gc=False, rename="camel"):
    id: NativeId = None
    identifier: str | None = None
    title: str | None = None
    url: str | None = None
    created_at: str | None = None
    creator_id: NativeId = None
    creator: User | None = None
    assignee_id: NativeId = None
    team: Team | None = None
    team_id: NativeId = None


class Parent(msgspec.Struct, gc=False):
    id: NativeId = None
    body: str | None = None


class Thing(msgspec.Struct, gc=False, rename="camel"):
    """A comment, a reaction or anything else with an id and a time."""

    id: NativeId = None
    created_at: str | None = None
    updated_at: str | None = None
    edited_at: str | None = None
    archived_at: str | None = None
    body: str | None = None
    emoji: str | None = None
    user_id: NativeId = None
    user: User | None = None
    external_user: User | None = None
    bot_actor: User | None = None
    issue_id: NativeId = None
    issue: Issue | None = None
    parent_id: NativeId = None
    parent: Parent | None = None
    comment_id: NativeId = None
    comment: Thing | None = None
    project_update_id: NativeId = None
    document_content_id: NativeId = None
    initiative_update_id: NativeId = None


class Body(msgspec.Struct, gc=False, rename="camel"):
    action: str
    type: str
    data: msgspec.Raw = NONE
    notification: msgspec.Raw = NONE
    actor: User | None = None
    created_at: str | None = None
    url: str | None = None
    updated_from: dict[str, Any] | None = None
    webhook_timestamp: int | None = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True, rename="camel"):
    """The payload."""

    type: str
    action: str | None = None
    id: NativeId = None
    created_at: str | None = None
    updated_at: str | None = None
    edited_at: str | None = None
    changed: list[str] | None = None


class Place(msgspec.Struct, frozen=True):
    """Where a GraphQL node stands: beneath which issue and which comment."""

    kind: str = "Comment"
    issue: Issue | None = None
    comment_id: str | None = None


_BODY = msgspec.json.Decoder(Body)
_THING = msgspec.json.Decoder(Thing)
_ISSUE = msgspec.json.Decoder(Issue)
_ID: msgspec.json.Decoder[str | int] = msgspec.json.Decoder(str | int)
_NAMED = re.compile(r"(?<![\w@/.`])@([\w][\w.-]*\w|\w)")


def _author(thing: Thing, actor: User | None = None) -> User:
    """Who wrote it; the actor of an event is who changed it, and may be somebody else."""
    if thing.user_id is not None and thing.user is None:
        return User(thing.user_id)
    return thing.user or thing.external_user or thing.bot_actor or actor or User()


def _kind(user: User, thing: Thing | None = None) -> ActorKind | None:
    is_bot = thing is not None and user is thing.bot_actor
    if is_bot or (user.type or "user").lower() in ("oauthclient", "integration", "app", "bot"):
        return "bot"
    return "person" if user.id is not None else None


def _profile(user: User, kind: ActorKind | None) -> Iterator[Profile]:
    """Describe an account; a name that is an address (all were in 2021) is no name."""
    actor_id = optional_identifier(user.id, "user.id")
    name = None if "@" in (user.name or "") else user.name
    handle = None if "@" in (user.display_name or "") else user.display_name
    if actor_id is not None and (name or handle):
        yield Profile(
            platform=PLATFORM,
            actor_id=actor_id,
            actor_kind=kind,
            username=handle,
            display_name=name,
            profile_url=user.url,
        )


def _issue(issue: Issue, url: str | None = None) -> Iterator[Post]:
    post_id = optional_identifier(issue.id, "issue.id")
    if post_id is None:
        return
    team = issue.team or Team()
    creator = issue.creator or User()
    short = f"{SHORT_ADDRESS}{issue.identifier}" if issue.identifier else ""
    link = (url or issue.url or short).partition("#")[0]
    yield Post(
        platform=PLATFORM,
        post_id=post_id,
        native_type="Issue",
        title=issue.title,
        url=link or None,
        posted_at=instant(issue.created_at, "issue.createdAt"),
        author_id=optional_identifier(issue.creator_id or creator.id, "creatorId"),
        community_id=optional_identifier(team.id or issue.team_id, "team.id"),
        community_name=team.name,
    )


def _latest(*times: datetime | None) -> datetime | None:
    return max((time for time in times if time is not None), default=None)


def parse(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one webhook body into its records."""
    body = _BODY.decode(raw)
    required_text(body.type, "type")
    at = _latest(
        instant(body.created_at, "createdAt"),
        None if body.created_at else epoch(body.webhook_timestamp, "webhookTimestamp", "ms"),
    )
    told = bytes(body.data) or bytes(body.notification)
    if not told.startswith(b"{"):
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the body has no `data`")
    thing = _THING.decode(told)
    if body.action in (*STATES, "remove") and body.type in ("Comment", "Reaction"):
        changed_at = _latest(at, instant(thing.updated_at, "data.updatedAt"))
        kept = Kept(
            body.type,
            body.action,
            thing.id,
            thing.created_at,
            thing.updated_at,
            thing.edited_at,
        )
        state = _State(body.action == "remove", changed_at, msgspec.json.encode(kept))
        if body.type == "Comment":
            before = (body.updated_from or {}).get("body")
            yield from _comment(thing, body.actor, state, str(before or ""))
        else:
            yield from _reaction(thing, body.actor, state)
        if thing.issue is not None:
            yield from _issue(thing.issue, body.url)
    else:
        yield from _event(body, thing, told, at)


class _State(msgspec.Struct, frozen=True):
    """What a delivery says about the state of what it delivers."""

    is_retracted: bool
    version_at: datetime | None
    payload: bytes


def _target(thing: Thing) -> str | None:
    """What a comment or reaction is about."""
    within = thing.comment or Thing()
    told = thing.issue_id or (thing.issue or Issue()).id or within.issue_id
    other = thing.project_update_id or thing.document_content_id or thing.initiative_update_id
    return optional_identifier(told or other, "issueId")


def _comment(
    thing: Thing, actor: User | None, state: _State, before: str = ""
) -> Iterator[Record]:
    author = _author(thing, actor)
    kind = _kind(author, thing)
    occurred_at = instant(thing.created_at, "createdAt")
    parent = thing.parent or Parent()
    parent_id = optional_identifier(thing.parent_id or parent.id, "parentId")
    native_id = composite("comment", identifier(thing.id, "id"))
    comment = Interaction(
        platform=PLATFORM,
        native_id=native_id,
        native_type="Comment",
        actor_id=optional_identifier(author.id, "userId"),
        actor_kind=kind,
        post_id=_target(thing),
        thread_id=composite("comment", parent_id) if parent_id else native_id,
        parent_id=composite("comment", parent_id) if parent_id else None,
        text=thing.body,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=state.version_at,
        is_retracted=state.is_retracted,
        payload=state.payload,
    )
    yield comment
    named = _names(thing.body)
    for name in [*named, *(name for name in _names(before) if name not in named)]:
        yield msgspec.structs.replace(
            comment,
            native_id=composite("mention", str(thing.id), name),
            native_type="mention",
            parent_id=native_id,
            text=None,
            is_retracted=state.is_retracted or name not in named,
            metadata={"mentioned_name": name},
            payload=None,
        )
    yield from _profile(author, kind)


def _names(text: str | None) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in _NAMED.findall(text or "")))


def _reaction(thing: Thing, actor: User | None, state: _State) -> Iterator[Record]:
    author = _author(thing, actor)
    kind = _kind(author, thing)
    occurred_at = instant(thing.created_at, "createdAt")
    comment_id = optional_identifier(
        thing.comment_id or (thing.comment or Thing()).id, "commentId"
    )
    yield Interaction(
        platform=PLATFORM,
        native_id=composite("reaction", identifier(thing.id, "id")),
        native_type="Reaction",
        native_kind=thing.emoji,
        actor_id=optional_identifier(author.id, "userId"),
        actor_kind=kind,
        post_id=_target(thing),
        parent_id=composite("comment", comment_id) if comment_id else None,
        occurred_at=occurred_at,
        time_precision="second" if occurred_at else "unknown",
        version_at=state.version_at,
        is_retracted=state.is_retracted,
        payload=state.payload,
    )
    yield from _profile(author, kind)


def _event(body: Body, thing: Thing, told: bytes, at: datetime | None) -> Iterator[Record]:
    """What happened to an issue, a project, a cycle … and every action nobody knows yet."""
    issue = _ISSUE.decode(told) if body.type == "Issue" else thing.issue
    actor = body.actor
    if actor is None and body.action == "create":
        about = _ISSUE.decode(told)
        actor = User(about.creator_id) if about.creator_id is not None else thing.user
    actor = actor or User()
    kind = _kind(actor)
    action = body.action
    before = body.updated_from or {}
    if body.type == "Issue" and action == "update" and "assigneeId" in before:
        assigned = _ISSUE.decode(told).assignee_id
        action = "assign" if assigned not in (None, before["assigneeId"]) else action
    is_known = body.type not in ("Comment", "Reaction")
    state_at = thing.updated_at or body.created_at or str(body.webhook_timestamp or "")
    happened_at = at or instant(thing.updated_at or thing.created_at, "updatedAt")
    yield Interaction(
        platform=PLATFORM,
        native_id=composite(body.type, identifier(thing.id, "id"), action, state_at),
        native_type=body.type if is_known else f"{body.type}.{action}",
        native_kind=action,
        actor_id=optional_identifier(actor.id, "actor.id"),
        actor_kind=kind,
        post_id=optional_identifier(issue.id if issue else thing.issue_id, "issue.id"),
        occurred_at=happened_at,
        time_precision="second" if happened_at else "unknown",
        payload=msgspec.json.encode(
            Kept(
                body.type,
                body.action,
                thing.id,
                thing.created_at,
                thing.updated_at,
                changed=sorted(CHANGES & before.keys()) or None,
            )
        ),
    )
    if issue is not None:
        yield from _issue(issue, body.url if body.type == "Issue" else None)
    yield from _profile(actor, kind)


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
        issue = _ISSUE.decode(raw)
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
        yield from _issue(_ISSUE.decode(raw))
        return
    thing = _THING.decode(raw)
    thing.issue = thing.issue or place.issue
    thing.comment_id = thing.comment_id or place.comment_id
    version_at = instant(thing.updated_at or thing.edited_at, "updatedAt")
    kept = Kept(place.kind, None, thing.id, thing.created_at, thing.updated_at, thing.edited_at)
    state = _State(thing.archived_at is not None, version_at, msgspec.json.encode(kept))
    if place.kind == "Reaction":
        yield from _reaction(thing, None, state)
    else:
        yield from _comment(thing, None, state)
        if thing.issue is not None and place.issue is None:
            yield from _issue(thing.issue)


def _recognises_body(head: bytes) -> bool:
    keys = outline(head)
    told = outline(keys.get("data", b"")) or outline(keys.get("notification", b""))
    is_linear = {"organizationId", "webhookTimestamp", "webhookId", "updatedFrom"} & keys.keys()
    is_dated = {"createdAt", "updatedAt"} & told.keys()
    return {"action", "type"} <= keys.keys() and bool(
        is_linear or ("data" in keys and is_dated)
    )


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
        name="linear_webhook_json",
        expects="Linear webhook bodies (JSON with `action`, `type` and `data`)",
        container=JsonArray(),
        recognises=_recognises_body,
        parse=parse,
    ),
    Format(
        name="linear_graphql_json",
        expects="answers of the Linear API with comments (GraphQL JSON)",
        container=JsonArray(),
        recognises=_recognises_answer,
        parse=parse_node,
        expand=_expand,
    ),
)
