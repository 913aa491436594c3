"""Discord channel exports -> raw records.

Source: DiscordChatExporter JSON, one file per channel, thread or direct conversation; the
        same as CSV (see `discord_csv`).
Export: DiscordChatExporter, format JSON, one file a channel or thread (`exportguild
        --include-threads all`); newer versions also list who reacted. Its CSV tells less.
Shape:  one message in -> its interaction, one per mention and per named reaction, accounts as
        profiles, the channel as a post. Where an export only counts reactions, the message
        becomes a post too, `message:<id>`, and the counts its counters: a message is what
        they belong to, whichever channel it stands in. In direct conversations the kind of a
        message is the type of its channel. A mention is by the message's author;
        its metadata names the mentioned account.
Units:  ISO times with offset, 0-7 fraction digits; reactions have no time at all.
Errors: RecordError naming the key; the other messages of the export still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from loaders.fields import (
    NativeId,
    composite,
    count,
    identifier,
    optional_identifier,
    required_text,
)
from loaders.formats import Context, Format, JsonArray
from loaders.json_stream import outline
from loaders.platforms import discord_csv
from loaders.records import (
    ActorKind,
    Counter,
    Interaction,
    Post,
    Profile,
    Reason,
    Record,
    RecordError,
)
from loaders.times import instant

PLATFORM = "discord"
DELETED = "Deleted User"


class Guild(msgspec.Struct, gc=False):
    id: NativeId = None
    name: str | None = None


class Channel(msgspec.Struct, gc=False):
    id: str | int
    type: str | int | None = None
    name: str | None = None


class Export(msgspec.Struct, gc=False):
    """What surrounds the messages."""

    channel: Channel
    guild: Guild | None = None
    exportedAt: str | None = None  # noqa: N815 (the platform's word)


class User(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: NativeId = None
    name: str | None = None
    discriminator: str | None = None
    nickname: str | None = None
    is_bot: bool | None = None


class Emoji(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    name: str | None = None


class Reaction(msgspec.Struct, gc=False, omit_defaults=True):
    emoji: Emoji
    count: Any = None
    users: list[User] | None = None


class Reference(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    message_id: NativeId = None
    channel_id: NativeId = None


class Attachment(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: NativeId = None
    file_name: str | None = None


class Message(msgspec.Struct, gc=False, rename="camel", omit_defaults=True):
    id: str | int
    type: str | int
    timestamp: str
    author: User
    timestamp_edited: str | None = None
    call_ended_timestamp: str | None = None
    is_pinned: bool | None = None
    content: str | None = None
    attachments: list[Attachment] | None = None
    reactions: list[Reaction] | None = None
    mentions: list[User] | None = None
    reference: Reference | None = None


_MESSAGE = msgspec.json.Decoder(Message)
_EXPORT = msgspec.json.Decoder(Export)


def _header(raw: bytes) -> tuple[str, bool, Post, datetime | None]:
    """The channel's id, whether it is a thread, the channel as a post, the export's time."""
    export = _EXPORT.decode(raw)
    guild = export.guild or Guild()
    channel_id = identifier(export.channel.id, "channel.id")
    kind = "" if export.channel.type is None else str(export.channel.type)
    post = Post(
        platform=PLATFORM,
        post_id=channel_id,
        native_type=kind or None,
        title=export.channel.name,
        community_id=optional_identifier(guild.id, "guild.id"),
        community_name=guild.name,
    )
    return channel_id, "Thread" in kind, post, instant(export.exportedAt, "exportedAt")


def _actor_kind(user: User) -> ActorKind:
    if user.name == DELETED:
        return "deleted"
    return "bot" if user.is_bot else "person"


def _profile(user: User, actor_id: str, observed_at: datetime | None) -> Profile:
    return Profile(
        platform=PLATFORM,
        actor_id=actor_id,
        actor_kind=_actor_kind(user),
        username=user.name,
        display_name=user.nickname,
        observed_at=observed_at,
    )


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message into its records."""
    message = _MESSAGE.decode(raw)
    channel_id, is_thread, channel, observed_at = context.header
    zone = context.timezone
    native_id = composite("message", identifier(message.id, "id"))
    actor_id = optional_identifier(message.author.id, "author.id")
    kind = _actor_kind(message.author)
    occurred_at = instant(message.timestamp, "timestamp", zone)
    version_at = instant(message.timestamp_edited, "timestampEdited", zone) or occurred_at
    parent = message.reference and optional_identifier(
        message.reference.message_id, "reference.messageId"
    )
    yield Interaction(
        platform=PLATFORM,
        native_id=native_id,
        native_type=required_text(str(message.type), "type"),
        native_kind=channel.native_type if "Direct" in (channel.native_type or "") else None,
        actor_id=actor_id,
        actor_kind=kind,
        post_id=channel_id,
        thread_id=channel_id if is_thread else None,
        parent_id=composite("message", parent) if parent else None,
        text=message.content,
        occurred_at=occurred_at,
        version_at=version_at,
        payload=msgspec.json.encode(message),
    )
    yield channel
    if actor_id is not None:
        yield _profile(message.author, actor_id, observed_at)
    for user in message.mentions or ():
        mentioned = optional_identifier(user.id, "mentions.id")
        if mentioned is None:
            continue
        yield Interaction(
            platform=PLATFORM,
            native_id=composite("mention", str(message.id), mentioned),
            native_type="mention",
            actor_id=actor_id,
            actor_kind=kind,
            post_id=channel_id,
            thread_id=channel_id if is_thread else None,
            parent_id=native_id,
            occurred_at=occurred_at,
            version_at=version_at,
            metadata={"mentioned_id": mentioned},
        )
        yield _profile(user, mentioned, observed_at)
    for reaction in message.reactions or ():
        if reaction.users:
            yield from _reactions(reaction, message, context)
        else:
            yield from _counts(reaction, native_id, actor_id, occurred_at, context)


def _emoji(reaction: Reaction) -> tuple[str, str]:
    """Key and name of an emoji: custom ones have an id, the others only a name."""
    name = reaction.emoji.name or ""
    key = optional_identifier(reaction.emoji.id, "reactions.emoji.id") or name
    if not key:
        raise RecordError(Reason.MISSING_FIELD, "reactions.emoji has neither id nor name")
    return key, name or key


def _reactions(reaction: Reaction, message: Message, context: Context) -> Iterator[Record]:
    """Who reacted; when is never told."""
    channel_id, is_thread, _, observed_at = context.header
    key, name = _emoji(reaction)
    count(reaction.count, "reactions.count")
    for user in reaction.users or ():
        actor_id = identifier(user.id, "reactions.users.id")
        yield Interaction(
            platform=PLATFORM,
            native_id=composite("reaction", str(message.id), key, actor_id),
            native_type="reaction",
            native_kind=name,
            actor_id=actor_id,
            actor_kind=_actor_kind(user),
            post_id=channel_id,
            thread_id=channel_id if is_thread else None,
            parent_id=composite("message", str(message.id)),
            time_precision="unknown",
        )
        yield _profile(user, actor_id, observed_at)


def _counts(
    reaction: Reaction,
    native_id: str,
    author_id: str | None,
    posted_at: datetime | None,
    context: Context,
) -> Iterator[Record]:
    """How many reacted, of the message as a post."""
    _, _, channel, observed_at = context.header
    key, _ = _emoji(reaction)
    value = count(reaction.count, "reactions.count")
    if value is None:
        return
    yield Post(
        platform=PLATFORM,
        post_id=native_id,
        native_type="message",
        posted_at=posted_at,
        author_id=author_id,
        community_id=channel.community_id,
        community_name=channel.community_name,
    )
    yield Counter(
        platform=PLATFORM,
        post_id=native_id,
        native_metric=composite("reaction", key),
        value=value,
        observed_at=observed_at,
    )


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("messages", b""))
    has_channel = "channel" in keys and ("guild" in keys or "messageCount" in keys)
    return "messages" in keys and (
        has_channel or {"timestamp", "author", "type"} <= first.keys()
    )


FORMATS = (
    Format(
        name="chat_exporter_json",
        expects="a Discord channel export (DiscordChatExporter JSON)",
        container=JsonArray("messages"),
        recognises=_recognises,
        parse=parse,
        header=_header,
    ),
    *discord_csv.FORMATS,
)
