"""Comments, reactions, issues and people of Linear; a part of `platforms.linear`.

Source: the objects in webhook bodies and in answers of the GraphQL API.
Shape:  one object in; a comment with whom it names, a reaction, an issue as a post, a profile.
Units:  ISO times in UTC.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from loaders.parsing.builders import key_of, mention, precision_of, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    NativeId,
    composite,
    identifier,
    optional_identifier,
    secondary,
)
from loaders.parsing.times import instant
from loaders.records import ActorKind, Interaction, Post, Profile, Record

LINEAR = "linear"
NONE = msgspec.Raw(b"")
SHORT_ADDRESS = "https://linear.app/issue/"
REMOVALS = {"remove": True, "restore": False}  # other actions say nothing about it


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
    actor_id: NativeId = None  # of a notification, whose user is the one who is notified
    actor: User | None = None
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


class Kept(msgspec.Struct, gc=False, omit_defaults=True, rename="camel"):
    """The payload."""

    type: str
    action: str | None = None
    id: NativeId = None
    created_at: str | None = None
    updated_at: str | None = None
    edited_at: str | None = None
    changed: list[str] | None = None


THING = Decoder(Thing)
ISSUE = Decoder(Issue)
_NAMED = re.compile(r"(?<![\w@/.`])@([\w][\w.-]*\w|\w)")


def author_of(thing: Thing, actor: User | None = None) -> User:
    """Return who wrote it; the actor of an event changed it, and may be somebody else."""
    if thing.user_id is not None and thing.user is None:
        return User(thing.user_id)
    return thing.user or thing.external_user or thing.bot_actor or actor or User()


def kind_of(user: User, thing: Thing | None = None) -> ActorKind | None:
    """Return what kind of actor an account is."""
    is_bot = thing is not None and user is thing.bot_actor
    if is_bot or (user.type or "user").lower() in ("oauthclient", "integration", "app", "bot"):
        return "bot"
    return "person" if user.id is not None else None


def profile_of(user: User, kind: ActorKind | None) -> Iterator[Profile]:
    """Describe an account; a name that is an address (all were in 2021) is no name."""
    actor_id = optional_identifier(user.id, "user.id")
    name = None if "@" in (user.name or "") else user.name
    handle = None if "@" in (user.display_name or "") else user.display_name
    if name or handle:
        yield from profile(
            LINEAR, actor_id, kind, username=handle, display_name=name, profile_url=user.url
        )


def issue_post(
    issue: Issue,
    url: str | None = None,
    observed_at: datetime | None = None,
    action: str | None = None,
) -> Iterator[Post]:
    """Yield what is known of an issue as a post, at the time of an event that tells it."""
    post_id = optional_identifier(issue.id, "issue.id")
    if post_id is None:
        return
    team = issue.team or Team()
    creator = issue.creator or User()
    short = f"{SHORT_ADDRESS}{issue.identifier}" if issue.identifier else ""
    link = (url or issue.url or short).partition("#")[0]
    yield Post(
        platform=LINEAR,
        post_id=post_id,
        native_type="Issue",
        title=issue.title,
        url=link or None,
        posted_at=secondary(instant, issue.created_at, "issue.createdAt"),
        author_id=secondary(optional_identifier, issue.creator_id or creator.id, "creatorId"),
        community_id=secondary(optional_identifier, team.id or issue.team_id, "team.id"),
        community_name=team.name,
        is_removed=REMOVALS.get(action or ""),
        observed_at=observed_at,
    )


class State(msgspec.Struct, frozen=True):
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


def comment_records(
    thing: Thing, actor: User | None, state: State, before: str = ""
) -> Iterator[Record]:
    """Yield a comment, whom it names, and its author."""
    author = author_of(thing, actor)
    kind = kind_of(author, thing)
    occurred_at = instant(thing.created_at, "createdAt")
    parent = thing.parent or Parent()
    parent_id = secondary(optional_identifier, thing.parent_id or parent.id, "parentId")
    native_id = composite("comment", identifier(thing.id, "id"))
    comment = Interaction(
        platform=LINEAR,
        native_id=native_id,
        native_type="Comment",
        actor_id=optional_identifier(author.id, "userId"),
        actor_kind=kind,
        post_id=_target(thing),
        thread_id=composite("comment", parent_id) if parent_id else native_id,
        parent_id=key_of("comment", parent_id),
        text=thing.body,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=state.version_at,
        is_retracted=state.is_retracted,
        payload=state.payload,
    )
    yield comment
    named = _names(thing.body)
    for name in [*named, *(name for name in _names(before) if name not in named)]:
        key = composite("mention", str(thing.id), name)
        told = mention(comment, key, native_id, {"mentioned_name": name})
        is_gone = state.is_retracted or name not in named
        yield msgspec.structs.replace(told, is_retracted=is_gone)
    yield from profile_of(author, kind)


def _names(text: str | None) -> list[str]:
    return list(dict.fromkeys(name.lower() for name in _NAMED.findall(text or "")))


def reaction_records(thing: Thing, actor: User | None, state: State) -> Iterator[Record]:
    """Yield a reaction and who reacted."""
    author = author_of(thing, actor)
    kind = kind_of(author, thing)
    occurred_at = instant(thing.created_at, "createdAt")
    comment_id = optional_identifier(
        thing.comment_id or (thing.comment or Thing()).id, "commentId"
    )
    yield Interaction(
        platform=LINEAR,
        native_id=composite("reaction", identifier(thing.id, "id")),
        native_type="Reaction",
        native_kind=thing.emoji,
        actor_id=optional_identifier(author.id, "userId"),
        actor_kind=kind,
        post_id=_target(thing),
        parent_id=key_of("comment", comment_id),
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=state.version_at,
        is_retracted=state.is_retracted,
        payload=state.payload,
    )
    yield from profile_of(author, kind)
