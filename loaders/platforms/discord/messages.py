"""Discord channel exports as JSON -> raw records; a part of `platforms.discord`.

Source: DiscordChatExporter JSON, one file per channel, thread or direct conversation.
Shape:  one message in -> its interaction, its mentions and reactions, accounts, its channel.
Units:  ISO times with offset, 0-7 fraction digits; reactions have no time at all.
Errors: RecordError naming the key; the other messages of the export still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import NamedTuple

import msgspec

from loaders.parsing.builders import as_post, counters, key_of, mention
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import (
    composite,
    count,
    dependent,
    number_id,
    optional_identifier,
    optional_number_id,
    required_text,
    secondary,
)
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.times import instant
from loaders.platforms.discord.accounts import is_deleted, is_shared
from loaders.platforms.discord.parts import (
    Export,
    Guild,
    Message,
    Reaction,
    Reference,
    User,
    words,
)
from loaders.reading.json_values import outline
from loaders.records import ActorKind, Interaction, Post, Profile, Reason, Record, RecordError

DISCORD = "discord"


_MESSAGE = Decoder(Message, {field.encode_name for field in msgspec.structs.fields(Message)})
_EXPORT = Decoder(Export)


class Place(NamedTuple):
    """Where the messages of a document stand, and when it was exported."""

    channel: Post
    is_thread: bool
    exported_at: datetime | None


def _header(raw: bytes) -> Place:
    """The channel as a post."""
    export = _EXPORT.decode(raw)
    guild = export.guild or Guild()
    kind = "" if export.channel.type is None else str(export.channel.type)
    exported_at = secondary(instant, export.exportedAt, "exportedAt")
    channel = Post(
        platform=DISCORD,
        post_id=number_id(export.channel.id, "channel.id"),
        native_type=kind or None,
        title=export.channel.name,
        community_id=secondary(optional_identifier, guild.id, "guild.id"),
        community_name=guild.name,
        observed_at=exported_at,
    )
    return Place(channel, "Thread" in kind, exported_at)


class Actor(NamedTuple):
    """Who did something; nobody where the account is the one of all deleted people."""

    id: str | None
    kind: ActorKind
    profile: tuple[Profile, ...]


def _actor(user: User, actor_id: str | None, observed_at: datetime | None) -> Actor:
    kind: ActorKind = "bot" if user.is_bot else "person"
    if is_deleted(actor_id, user.name):
        kind = "deleted"
    if actor_id is None or is_shared(actor_id):
        return Actor(None, kind, ())
    profile = Profile(
        platform=DISCORD,
        actor_id=actor_id,
        actor_kind=kind,
        username=None if kind == "deleted" else user.name,  # keeps the name it had
        display_name=None if kind == "deleted" else user.nickname,
        observed_at=observed_at,
    )
    return Actor(actor_id, kind, (profile,))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message into its records."""
    place: Place = context.header
    return message_records(_MESSAGE.decode(raw), place, context.timezone)


def message_records(message: Message, place: Place, zone: tzinfo | None) -> Iterator[Record]:
    """Yield the records of a message that stands in a place."""
    author_id = optional_number_id(message.author.id, "author.id")
    author = _actor(message.author, author_id, place.exported_at)
    occurred_at = instant(message.timestamp, "timestamp", zone)
    edited_at = secondary(instant, message.timestamp_edited, "timestampEdited", zone)
    reference = message.reference or Reference()
    answered = secondary(optional_identifier, reference.message_id, "reference.messageId")
    origin = key_of("message", answered)
    is_forward = message.is_forward
    kind = place.channel.native_type or ""
    told = Interaction(
        platform=DISCORD,
        native_id=composite("message", number_id(message.id, "id")),
        native_type=required_text(str(message.type), "type"),
        native_kind=kind if "Direct" in kind else None,
        actor_id=author.id,
        actor_kind=author.kind,
        post_id=place.channel.post_id,
        thread_id=place.channel.post_id if place.is_thread else None,
        parent_id=None if is_forward else origin,
        text=words(message),
        occurred_at=occurred_at,
        version_at=edited_at or occurred_at,
        metadata={"forwarded_from_id": origin} if is_forward and origin else None,
        payload=msgspec.json.encode(message),
    )
    yield told
    yield place.channel
    yield from author.profile
    scope = told.native_id.replace("message", "mention", 1)
    for user in message.mentions or ():
        mentioned = secondary(optional_number_id, user.id, "mentions.id")
        if mentioned is not None:
            named = {"mentioned_id": mentioned}
            yield mention(told, composite(scope, mentioned), told.native_id, named)
            yield from _actor(user, mentioned, place.exported_at).profile
    for reaction in message.reactions or ():
        yield from dependent(_reactions(told, reaction, place), "reactions")


def _emoji(reaction: Reaction) -> tuple[str, str]:
    """Key and name of an emoji: custom ones have an id, the others only a name."""
    name = reaction.emoji.name or ""
    key = optional_identifier(reaction.emoji.id, "reactions.emoji.id") or name
    if not key:
        raise RecordError(Reason.MISSING_FIELD, "reactions.emoji has neither id nor name")
    return key, name or key


def _reactions(told: Interaction, reaction: Reaction, place: Place) -> Iterator[Record]:
    """How many reacted, and who, as far as the export says; when is never told."""
    key, name = _emoji(reaction)
    for user in reaction.users or ():
        user_id = secondary(number_id, user.id, "reactions.users.id")
        if user_id is None:
            continue
        actor = _actor(user, user_id, place.exported_at)
        scope = told.native_id.replace("message", "reaction", 1)
        yield Interaction(
            platform=DISCORD,
            native_id=composite(scope, key, user_id),
            native_type="reaction",
            native_kind=name,
            actor_id=actor.id,
            actor_kind=actor.kind,
            post_id=told.post_id,
            thread_id=told.thread_id,
            parent_id=told.native_id,
            time_precision="unknown",
            version_at=place.exported_at,
            key_quality="native" if actor.id else "derived",
        )
        yield from actor.profile
    value = secondary(count, reaction.count, "reactions.count")
    if value is not None:
        channel, counts = place.channel, {composite("reaction", key): value}
        yield as_post(told, "message", channel.community_id, channel.community_name)
        yield from counters(DISCORD, told.native_id, counts, place.exported_at)


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
        lists_reactions=True,
    ),
)
