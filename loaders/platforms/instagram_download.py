"""An Instagram data download -> raw records.

Source: comments, likes, saved media and follows, as the tuples of 2020 (`media_comments`:
        `[time, text, owner]`), as entries of `string_map_data` and `string_list_data`, and as
        entries of `label_values`; conversations of 2020.
Shape:  one entry in -> one interaction of the exporter, who is whoever --account says, else
        unknown. Comments name the account they were made at, not the post: that is metadata;
        likes and saves have the post's address, its shortcode is the post. Followers are
        actors themselves, `@username`, as are those who wrote in a conversation. No ids: keys
        are derived from all that is said. Names of fields are in the exporter's language:
        what they mean is told by their form, where they are not English.
Units:  epoch seconds; ISO times in 2020 (without zone: --timezone). Texts are repaired, where
        their bytes were written as characters.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

import msgspec

from loaders.fields import NativeId, composite, identifier
from loaders.formats import Context, Format, JsonArray, JsonLists
from loaders.json_stream import Keys, outline
from loaders.platforms import meta_download
from loaders.platforms.meta_download import Labelled, Told, repaired
from loaders.records import Interaction, Post, Reason, Record, RecordError
from loaders.times import epoch, instant

INSTAGRAM = "instagram"
LISTS = {  # the lists of an export, and what one of their entries is
    "media_comments": "comment",
    "story_comments": "comment",
    "live_comments": "comment",
    "comments_media_comments": "comment",
    "comments_reels_comments": "comment",
    "comments_story_comments": "comment",
    "media_likes": "like",
    "comment_likes": "comment_like",
    "likes_media_likes": "like",
    "likes_comment_likes": "comment_like",
    "story_activities_story_likes": "story_like",
    "saved_media": "save",
    "saved_saved_media": "save",
    "relationships_following": "following",
    "relationships_followers": "follower",
}
FILES = (  # what the entries of a bare list are, by the name of its file
    ("liked_comments", "comment_like"),
    ("story_likes", "story_like"),
    ("comment", "comment"),
    ("like", "like"),
    ("saved", "save"),
    ("followers", "follower"),
    ("following", "following"),
)
_SHORTCODE = re.compile(r"instagram\.com/(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)")
_USERNAME = re.compile(r"[A-Za-z0-9._]{1,30}")


class Value(msgspec.Struct, gc=False, omit_defaults=True):
    value: str | None = None
    href: str | None = None
    timestamp: int | str | None = None


class Entry(msgspec.Struct, gc=False, omit_defaults=True):
    title: str | None = None
    media_owner: str | None = None
    timestamp: int | str | None = None
    string_map_data: dict[str, Value | list[msgspec.Raw] | str | None] | None = None
    string_list_data: list[Value] | None = None
    label_values: list[Labelled] | None = None


class Like(msgspec.Struct, gc=False, omit_defaults=True):
    username: str
    date: str | None = None


class Message(msgspec.Struct, gc=False, omit_defaults=True):
    sender: str
    created_at: str
    text: str | None = None
    likes: list[Like] | None = None


class Conversation(msgspec.Struct, gc=False):
    participants: list[str] | None = None


_ENTRY: msgspec.json.Decoder[Entry | list[NativeId]] = msgspec.json.Decoder(
    Entry | list[NativeId]
)
_MESSAGE = msgspec.json.Decoder(Message)
_CONVERSATION = msgspec.json.Decoder(Conversation)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its interactions."""
    entry = _ENTRY.decode(raw)
    kind = _kind(context)
    if isinstance(entry, list):
        yield from _interaction(kind, _tuple(entry), context)
    elif entry.string_list_data is not None:
        for value in entry.string_list_data:
            told = Told(value.timestamp, value.href, repaired(entry.title) or None)
            if kind in ("follower", "following"):
                told.owner = repaired(value.value) or told.owner
            yield from _interaction(kind, told, context)
    elif entry.string_map_data is not None:
        yield from _interaction(kind, _mapped(entry), context)
    elif entry.label_values is not None:
        told = meta_download.told_by(entry.label_values, entry.timestamp)
        yield from _interaction(kind, told, context)
    else:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the entry is of no known shape")


def _kind(context: Context) -> str:
    """What the entries of a list are, by its key or the name of its file."""
    if context.keys:
        return LISTS[context.keys[-1]]
    name = PurePath(context.source).name.lower()
    return next((kind for word, kind in FILES if word in name), "entry")


def _tuple(entry: list[NativeId]) -> Told:
    """`[time, owner]`, or `[time, text, owner]`."""
    if len(entry) not in (2, 3) or not all(isinstance(part, str) for part in entry):
        raise RecordError(Reason.INVALID_FIELD, "the entry is not a time, a text and an owner")
    time, *text, owner = (str(part) for part in entry)
    return Told(time, None, repaired(owner), repaired(text[0]) if text else None)


def _mapped(entry: Entry) -> Told:
    """Sort out fields whose names may be in any language."""
    told = Told(entry.timestamp, None, repaired(entry.media_owner or entry.title) or None)
    texts: dict[str, str] = {}
    for name, value in sorted((entry.string_map_data or {}).items()):
        if not isinstance(value, Value):
            continue
        if value.timestamp:
            told.timestamp = value.timestamp
            told.url = value.href or told.url
        elif value.value:
            texts[name.lower()] = repaired(value.value) or ""
    told.text = texts.pop("comment", None)
    told.owner = texts.pop("media owner", None) or told.owner
    for text in texts.values():  # in the order of their names: Kommentar, Medieninhaber
        is_name = _USERNAME.fullmatch(text) is not None
        if told.text is None and (not is_name or (len(texts) > 1 and told.owner is None)):
            told.text = text
        elif told.owner is None and is_name:
            told.owner = text
    return told


def _interaction(kind: str, told: Told, context: Context) -> Iterator[Record]:
    if isinstance(told.timestamp, str) and not told.timestamp.isdigit():
        occurred_at = instant(told.timestamp, "time", context.timezone)
    else:
        occurred_at = epoch(told.timestamp, "timestamp", "s")
    if occurred_at is None:
        raise RecordError(Reason.MISSING_FIELD, "the entry has no time")
    found = _SHORTCODE.search(told.url or "")
    post_id = identifier(found[1], "href") if found else None
    owner = f"@{told.owner}" if told.owner else None
    is_follower = kind == "follower"
    said = (context.account, kind, told.timestamp, told.url, told.owner, told.text)
    yield Interaction(
        platform=INSTAGRAM,
        native_id=composite(kind, meta_download.key(*said)),
        native_type=kind,
        actor_id=owner if is_follower else context.account,
        actor_kind=None if is_follower else "exporter",
        post_id=post_id,
        text=told.text,
        occurred_at=occurred_at,
        key_quality="derived",
        metadata={"owner": owner} if owner and not is_follower else None,
        payload=msgspec.json.encode(told),
    )
    if post_id is not None:
        yield Post(
            platform=INSTAGRAM,
            post_id=post_id,
            native_type="media",
            url=told.url,
            author_id=owner,
        )


def _conversation(raw: bytes) -> str:
    """What tells a conversation from others: who takes part."""
    return ",".join(sorted(_CONVERSATION.decode(raw).participants or ()))


def _message(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one message of 2020 into its records."""
    message = _MESSAGE.decode(raw)
    who = f"@{identifier(message.sender, 'sender')}"
    text = repaired(message.text)
    key = meta_download.key(context.header, message.sender, message.created_at, text)
    thread_id = composite("conversation", meta_download.key(context.header))
    yield Interaction(
        platform=INSTAGRAM,
        native_id=composite("message", key),
        native_type="message",
        native_kind="conversation",
        actor_id=who,
        thread_id=thread_id,
        text=text,
        occurred_at=instant(message.created_at, "created_at", context.timezone),
        key_quality="derived",
        payload=msgspec.json.encode(message),
    )
    for like in message.likes or ():
        at = instant(like.date, "likes.date", context.timezone)
        yield Interaction(
            platform=INSTAGRAM,
            native_id=composite("message_like", key, like.username),
            native_type="message_like",
            actor_id=f"@{identifier(like.username, 'likes.username')}",
            thread_id=thread_id,
            parent_id=composite("message", key, "1"),
            occurred_at=at,
            time_precision="second" if at else "unknown",
            key_quality="derived",
        )


def _is_wanted(keys: Keys) -> bool:
    return keys == () or (len(keys) == 1 and keys[0] in LISTS)


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    if LISTS.keys() & keys.keys():
        return True
    if "label_values" in keys:
        return b"instagram.com" in keys["label_values"]
    return "string_map_data" in keys or "string_list_data" in keys


def _recognises_conversations(head: bytes) -> bool:
    return {"conversation", "participants"} <= outline(head).keys()


FORMATS = (
    Format(
        name="instagram_download_json",
        expects="comments, likes or follows of an Instagram data download (JSON)",
        container=JsonLists(_is_wanted),
        recognises=_recognises,
        parse=parse,
    ),
    Format(
        name="instagram_conversations_json",
        expects="conversations of an Instagram data download (JSON with `conversation`)",
        container=JsonArray("conversation"),
        recognises=_recognises_conversations,
        parse=_message,
        header=_conversation,
    ),
)
