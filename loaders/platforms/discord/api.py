"""Messages of Discord's REST API -> raw records; a part of `platforms.discord`.

Source: answers of `/channels/{id}/messages`; answers of a message's `/reactions/{emoji}`,
        saved as `reactions_<channel id>_<message id>_<emoji>`.
Shape:  as of an export: the same ids, so a message that came both ways is one. The API does
        not say what its channel is called. A message in a thread has a position there.
Units:  ISO times with an offset.
Errors: RecordError naming the key; the other messages of the page still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, number_id
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.parsing.notes import note
from loaders.platforms.discord.accounts import is_deleted, is_shared
from loaders.platforms.discord.messages import DISCORD, Place, message_records
from loaders.platforms.discord.parts import Embed, Message, Poll, Reaction, Reference, Snapshot
from loaders.platforms.discord.parts import User as Exported
from loaders.reading.json_values import outline
from loaders.records import Interaction, Post, Profile, Record


class User(msgspec.Struct, gc=False, omit_defaults=True):
    id: NativeId = None
    username: str | None = None
    global_name: str | None = None
    bot: bool | None = None

    @property
    def exported(self) -> Exported:
        """The same as exports write it."""
        return Exported(self.id, self.username, None, self.global_name, self.bot)


class Answered(msgspec.Struct, gc=False, omit_defaults=True):
    type: int | None = None
    message_id: NativeId = None
    channel_id: NativeId = None


class Sent(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    type: int
    timestamp: str
    channel_id: str | int
    author: User
    edited_timestamp: str | None = None
    content: str | None = None
    position: Any = None
    mentions: list[User] | None = None
    reactions: list[Reaction] | None = None
    message_reference: Answered | None = None
    message_snapshots: list[Snapshot] | None = None
    embeds: list[Embed] | None = None
    poll: Poll | None = None


_SENT = Decoder(Sent)
_USER = Decoder(User)
_NAMED = re.compile(r"reactions_([0-9]{5,20})_([0-9]{5,20})_([^/]{1,100})$")


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message into its records."""
    sent = _SENT.decode(raw)
    channel = Post(platform=DISCORD, post_id=number_id(sent.channel_id, "channel_id"))
    told = sent.message_reference
    message = Message(
        id=sent.id,
        type=sent.type,
        timestamp=sent.timestamp,
        author=sent.author.exported,
        timestamp_edited=sent.edited_timestamp,
        content=sent.content,
        embeds=sent.embeds,
        reactions=sent.reactions,
        mentions=[user.exported for user in sent.mentions or ()],
        reference=Reference(told.type, told.message_id, told.channel_id) if told else None,
        message_snapshots=sent.message_snapshots,
        poll=sent.poll,
    )
    place = Place(channel, sent.position is not None, None)
    return message_records(message, place, context.timezone)


def parse_user(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one account that reacted into its reaction, as far as the file's name tells it."""
    named = context.named
    user = _USER.decode(raw)
    user_id = number_id(user.id, "id")
    is_gone = is_deleted(user_id, user.username)
    is_nobody = is_shared(user_id)
    if not named:
        note("passed_over", "reaction", "is not told by the name of the file")
    else:
        yield Interaction(
            platform=DISCORD,
            native_id=composite("reaction", named["message"], named["emoji"], user_id),
            native_type="reaction",
            native_kind=named["emoji"],
            actor_id=None if is_nobody else user_id,
            actor_kind="deleted" if is_gone else "bot" if user.bot else "person",
            post_id=named["channel"],
            parent_id=composite("message", named["message"]),
            time_precision="unknown",
            key_quality="derived" if is_nobody else "native",
        )
    if not is_gone:
        yield Profile(
            platform=DISCORD,
            actor_id=user_id,
            actor_kind="bot" if user.bot else "person",
            username=user.username,
            display_name=user.global_name,
        )


def declares(source: str, _: str | None) -> dict[str, str]:
    """Return what the users of a page reacted to, and with what."""
    found = _NAMED.search(source.removesuffix(".json"))
    if found is None:
        return {}
    return {"channel": found[1], "message": found[2], "emoji": found[3]}


def _recognises(head: bytes) -> bool:
    return {"id", "channel_id", "author", "timestamp", "type"} <= outline(head).keys()


def _recognises_users(head: bytes) -> bool:
    return {"id", "username", "discriminator", "public_flags"} <= outline(head).keys()


FORMATS = (
    Format(
        name="discord_messages_json",
        expects="messages of Discord's REST API (JSON list)",
        container=JsonArray(),
        recognises=_recognises,
        parse=parse,
    ),
    Format(
        name="discord_reactions_json",
        expects="who reacted to a message (Discord REST API, `reactions_…_….json`)",
        container=JsonArray(),
        recognises=_recognises_users,
        parse=parse_user,
        declares=declares,
    ),
)
