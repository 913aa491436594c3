"""Webhook bodies of Linear -> raw records; a part of `platforms.linear`.

Source: webhook bodies, of 2021 (no actor, no webhookTimestamp) and since.
Shape:  a comment or reaction is one interaction, whichever event delivers it; everything else
        is an event of its own.
Units:  ISO times in UTC.
Errors: RecordError naming the key; the other bodies still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.parsing.builders import precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, identifier, optional_identifier, required_text
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import epoch, instant
from loaders.platforms.linear.things import (
    ISSUE,
    LINEAR,
    NONE,
    THING,
    Kept,
    State,
    Thing,
    User,
    comment_records,
    issue_post,
    kind_of,
    profile_of,
    reaction_records,
)
from loaders.reading.json_values import outline
from loaders.records import Interaction, Reason, Record, RecordError

CHANGES = {
    *("assigneeId", "stateId", "title", "description", "priority", "dueDate", "estimate"),
    *("projectId", "cycleId", "labelIds", "parentId", "teamId", "name"),
}
STATES = ("create", "update", "restore", "unarchive", "archive")  # of something that is there


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


_BODY = Decoder(Body)


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
    thing = THING.decode(told)
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
        state = State(body.action == "remove", changed_at, msgspec.json.encode(kept))
        if body.type == "Comment":
            before = (body.updated_from or {}).get("body")
            yield from comment_records(thing, body.actor, state, str(before or ""))
        else:
            yield from reaction_records(thing, body.actor, state)
        if thing.issue is not None:
            yield from issue_post(thing.issue, body.url, at)
    else:
        yield from _event(body, thing, told, at)


def _event(body: Body, thing: Thing, told: bytes, at: datetime | None) -> Iterator[Record]:
    """What happened to an issue, a project, a cycle … and every action nobody knows yet."""
    issue = ISSUE.decode(told) if body.type == "Issue" else thing.issue
    actor = body.actor or thing.actor
    if actor is None and thing.actor_id is not None:
        actor = User(thing.actor_id)
    if actor is None and body.action == "create":
        about = ISSUE.decode(told)
        actor = User(about.creator_id) if about.creator_id is not None else thing.user
    actor = actor or User()
    kind = kind_of(actor)
    action = body.action
    before = body.updated_from or {}
    if body.type == "Issue" and action == "update" and "assigneeId" in before:
        assigned = ISSUE.decode(told).assignee_id
        action = "assign" if assigned not in (None, before["assigneeId"]) else action
    is_known = body.type not in ("Comment", "Reaction")
    state_at = thing.updated_at or body.created_at or str(body.webhook_timestamp or "")
    happened_at = at or instant(thing.updated_at or thing.created_at, "updatedAt")
    yield Interaction(
        platform=LINEAR,
        native_id=composite(body.type, identifier(thing.id, "id"), action, state_at),
        native_type=body.type if is_known else f"{body.type}.{action}",
        native_kind=action,
        actor_id=optional_identifier(actor.id, "actor.id"),
        actor_kind=kind,
        post_id=optional_identifier(issue.id if issue else thing.issue_id, "issue.id"),
        occurred_at=happened_at,
        time_precision=precision_of(happened_at),
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
        is_own = body.type == "Issue"
        url = body.url if is_own else None
        yield from issue_post(issue, url, happened_at, body.action if is_own else None)
    yield from profile_of(actor, kind)


def _recognises_body(head: bytes) -> bool:
    keys = outline(head)
    told = outline(keys.get("data", b"")) or outline(keys.get("notification", b""))
    is_linear = {"organizationId", "webhookTimestamp", "webhookId", "updatedFrom"} & keys.keys()
    is_dated = {"createdAt", "updatedAt"} & told.keys()
    return {"action", "type"} <= keys.keys() and bool(
        is_linear or ("data" in keys and is_dated)
    )


FORMATS = (
    Format(
        name="linear_webhook_json",
        expects="Linear webhook bodies (JSON with `action`, `type` and `data`)",
        container=JsonArray(),
        recognises=_recognises_body,
        parse=parse,
    ),
)
