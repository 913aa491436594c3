"""Messages within Telegram Bot API updates -> raw records (see `bot`).

Source: `message`, `channel_post` and their edited and business forms.
Shape:  one message in -> its interaction, its mentions, the sender as a profile, the chat as
        a post; one interaction for each member who comes in.
Units:  epoch seconds. Offsets of mentions count UTF-16 units.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, identifier, secondary, visible
from loaders.parsing.times import epoch
from loaders.platforms.telegram.accounts import place_of, sender_of
from loaders.platforms.telegram.bot_parts import Message, Origin, User
from loaders.platforms.telegram.desktop_parts import spoken
from loaders.platforms.telegram.reactions import TELEGRAM, mentions
from loaders.records import Interaction, Record

MESSAGES = {
    *("message", "edited_message", "channel_post", "edited_channel_post"),
    *("business_message", "edited_business_message"),
}
SERVICES = (
    *("left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo"),
    *("group_chat_created", "supergroup_chat_created", "channel_chat_created"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "boost_added"),
    *("forum_topic_created", "forum_topic_edited", "forum_topic_closed"),
    *("forum_topic_reopened", "video_chat_scheduled", "video_chat_started"),
    *("video_chat_ended", "video_chat_participants_invited", "successful_payment"),
)
READ = {
    *(field.encode_name for field in msgspec.structs.fields(Message)),
    *SERVICES,
    *("photo", "document", "animation", "audio", "video", "video_note", "voice", "sticker"),
    *("location", "venue", "contact", "link_preview_options", "media_group_id", "dice"),
    *("new_chat_member", "new_chat_participant", "left_chat_participant", "via_bot"),
    *("forward_from", "forward_from_chat", "forward_sender_name", "forward_signature"),
}

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_MESSAGE = Decoder(Message, READ)


def message_records(raw: bytes) -> Iterator[Record]:
    """Turn one message, new or edited, into its records."""
    message = _MESSAGE.decode(raw)
    keys = _FIELDS.decode(raw).keys()
    chat = place_of(message.chat)
    place = composite(chat.post_id, identifier(message.message_id, "message_id"))
    sender = sender_of(message.from_, message.sender_chat)
    occurred_at = epoch(message.date, "date", "s")
    thread = message.message_thread_id if message.is_topic_message else None
    reply = None if _is_forward(message) else message.reply_to_message
    text = message.caption if message.text is None else message.text
    if text is None:
        text = "\n".join([*spoken(message.poll), *spoken(message.checklist)]) or None
    message.poll = message.checklist = None  # their words are kept
    told = Interaction(
        platform=TELEGRAM,
        native_id=composite("message", place),
        native_type=next((key for key in SERVICES if key in keys), "message"),
        native_kind=message.chat.type,
        actor_id=sender.actor_id if sender else None,
        actor_kind=sender.actor_kind if sender else None,
        post_id=chat.post_id,
        thread_id=composite("message", chat.post_id, str(thread)) if thread else None,
        parent_id=composite("message", chat.post_id, str(reply.message_id)) if reply else None,
        text=text,
        occurred_at=occurred_at,
        version_at=secondary(epoch, message.edit_date, "edit_date", "s") or occurred_at,
        metadata=_origin(message.forward_origin),
        payload=msgspec.json.encode(message),
    )
    if message.new_chat_members:
        yield from _added(told, message.new_chat_members)
    else:
        yield told
    yield chat
    if sender is not None:
        yield sender
    yield from mentions(told, _mentioned(message, told.text or ""), place)


def _is_forward(message: Message) -> bool:
    return message.forward_origin is not None or message.forward_date is not None


def _origin(origin: Origin | None) -> dict[str, str] | None:
    """Who said first what a message forwards, as far as it says."""
    if origin is None:
        return None
    if (sender := sender_of(origin.sender_user, origin.chat or origin.sender_chat)) is None:
        name = visible(origin.sender_user_name)
        return {"forwarded_from": name} if name else None
    found = {"forwarded_from": sender.display_name, "forwarded_from_id": sender.actor_id}
    return {key: value for key, value in found.items() if value}


def _added(told: Interaction, members: list[User]) -> Iterator[Record]:
    for number, user in enumerate(members, 1):
        member = sender_of(user, None)
        assert member is not None
        yield msgspec.structs.replace(
            told,
            native_id=composite(told.native_id, str(number)),
            native_type="new_chat_members",
            actor_id=member.actor_id,
            actor_kind=member.actor_kind,
            metadata={"added_by": told.actor_id},
        )
        yield member


def _mentioned(message: Message, text: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    units = text.encode("utf-16-le")
    for entity in (message.entities or []) + (message.caption_entities or []):
        if entity.type == "text_mention" and entity.user is not None:
            who = f"user{entity.user.id}"
            found[who] = {"mentioned_id": who}
        elif entity.type == "mention":
            piece = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
            name = piece.decode("utf-16-le", errors="replace")
            if name:
                found[name.lower()] = {"mentioned_username": name.lstrip("@")}
    return found
