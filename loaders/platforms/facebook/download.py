"""A Facebook data download -> raw records.

Source: comments (`comments_v2`), likes and reactions (`reactions_v2`), also as bare lists,
        and the newer entries of `label_values`; chats (see `meta.chat`).
Shape:  one entry in -> one comment or reaction of the exporter, whom --account names. What it
        answers is only in its title, a sentence in the exporter's language, which becomes
        metadata. No ids: keys are derived from all that is said, but for the kind of a
        reaction: another reaction to the same address replaces the first. Labels are in the
        exporter's language, too (see `meta.labels`).
Units:  epoch seconds. Texts are repaired, where their bytes were written as characters.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import msgspec

from loaders.parsing.builders import digest, profile
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite
from loaders.parsing.formats import Context, Format, JsonLists
from loaders.parsing.notes import note
from loaders.parsing.times import epoch
from loaders.platforms.facebook.people import FACEBOOK
from loaders.platforms.meta import chat, labels
from loaders.platforms.meta.download import readable, repaired
from loaders.platforms.meta.labels import Labelled
from loaders.reading.json_stream import Keys
from loaders.reading.json_values import outline
from loaders.records import Interaction, Reason, Record, RecordError

LISTS = {
    *("comments_v2", "comments", "group_comments_v2"),
    *("reactions_v2", "reactions", "likes_and_reactions_v2"),
}

LISTS_OF_OURS = {"comments_v2", "reactions_v2", "group_comments_v2", "likes_and_reactions_v2"}


class Comment(msgspec.Struct, gc=False, omit_defaults=True):
    comment: str | None = None
    author: str | None = None
    group: str | None = None
    timestamp: int | str | None = None


class Reaction(msgspec.Struct, gc=False, omit_defaults=True):
    reaction: str
    actor: str | None = None


class Datum(msgspec.Struct, gc=False, omit_defaults=True):
    comment: Comment | None = None
    reaction: Reaction | None = None


class Entry(msgspec.Struct, gc=False, omit_defaults=True):
    timestamp: int | str | None = None
    title: str | None = None
    data: list[Datum] | None = None
    label_values: list[Labelled] | None = None
    attachments: list[msgspec.Raw] | None = None


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The allow-listed entry: what it says, repaired."""

    timestamp: int | str | None = None
    title: str | None = None
    name: str | None = None
    group: str | None = None
    url: str | None = None


OF_ENTRIES = {"data", "title", "label_values"}
LOOKED_AT = 4096  # bytes of the first entry
_LABEL = re.compile(rb'"(?:label|ent_field_name)"\s*:\s*("(?:[^"\\]|\\.)*")')
_ENTRY = Decoder(Entry)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its comment or reaction."""
    entry = _ENTRY.decode(raw)
    kept = Kept(entry.timestamp, repaired(entry.title))
    datum = entry.data[0] if entry.data else Datum()
    if entry.attachments:
        note("passed_over", "attachments", "are not read")
    if entry.data and len(entry.data) > 1:
        note("passed_over", "data", "has more than one element: the first is read")
    text = native_kind = None
    if datum.comment is not None:
        native_type = "comment"
        text = readable(datum.comment.comment, "comment")
        kept.name, kept.group = repaired(datum.comment.author), repaired(datum.comment.group)
        if datum.comment.timestamp is not None:
            kept.timestamp = datum.comment.timestamp
    elif datum.reaction is not None:
        native_type, native_kind = "reaction", datum.reaction.reaction.lower()
        kept.name = repaired(datum.reaction.actor)
    elif entry.label_values is not None:
        told = labels.told_by(entry.label_values, entry.timestamp, None)
        native_type = "reaction" if told.reaction else _by_name(context.source)
        native_kind = told.reaction.lower() if told.reaction else None
        text, kept.url = told.text, told.url
    elif entry.data is not None and entry.title is not None:
        native_type = "comment" if "comments" in "".join(context.keys) else "entry"
    else:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the entry is no comment and no reaction")
    occurred_at = epoch(kept.timestamp, "timestamp", "s")
    if occurred_at is None:
        raise RecordError(Reason.MISSING_FIELD, "timestamp is missing")
    is_reaction = native_type == "reaction"
    said: tuple[str | int | None, ...] = (kept.timestamp, kept.title, kept.url, text)
    if is_reaction and kept.url is not None:
        said = (kept.url,)  # another reaction to the same replaces the first
    yield Interaction(
        platform=FACEBOOK,
        native_id=composite(native_type, digest(*said)),
        native_type=native_type,
        native_kind=native_kind,
        actor_id=context.account,
        actor_kind="exporter",
        text=text,
        occurred_at=occurred_at,
        version_at=occurred_at if is_reaction else None,
        key_quality="derived",
        metadata={"title": kept.title} if kept.title else None,
        payload=msgspec.json.encode(kept),
    )
    if kept.name:
        yield from profile(FACEBOOK, context.account, "exporter", display_name=kept.name)


def _by_name(source: str) -> str:
    """What the entries of a file are, where only its name tells; else its own word."""
    name = PurePath(source).name.lower()
    for word, native_type in (
        ("comment", "comment"),
        ("reaction", "reaction"),
        ("like", "like"),
    ):
        if word in name:
            return native_type
    return "label_values"


def _is_wanted(keys: Keys) -> bool:
    return keys == () or (len(keys) == 1 and keys[0] in LISTS)


def _unread(keys: Keys) -> str | None:
    """The name of a list of the download that is not read."""
    return keys[0] if len(keys) == 1 else None


def _recognises(head: bytes) -> bool:
    keys: dict[str, Any] = outline(head)
    if LISTS_OF_OURS & keys.keys():
        return True
    if any(_is_list_of_ours(keys[name]) for name in LISTS if name in keys):
        return True
    if "label_values" in keys and "timestamp" in keys:
        values = keys["label_values"]
        return b"instagram.com" not in values and (
            b"facebook.com" in values or labels.REACTION in _meanings(values)
        )
    return _is_entry(keys)


def _is_list_of_ours(value: bytes) -> bool:
    """Whether a list has entries of a download: its name alone may be anybody's."""
    keys = outline(value)
    return value.startswith(b"[") and "timestamp" in keys and bool(keys.keys() & OF_ENTRIES)


def _is_entry(keys: dict[str, bytes]) -> bool:
    data = outline(keys.get("data", b""))
    return "timestamp" in keys and bool(data.keys() & {"comment", "reaction"})


def _meanings(values: bytes) -> set[str | None]:
    """What the labels of the first values mean, at whatever depth."""
    found = _LABEL.findall(values[:LOOKED_AT])
    words = [word for word in map(labels.decoded, found) if word]
    return {labels.meaning(word) for word in words}


FORMATS = (
    Format(
        name="facebook_download_json",
        expects="comments or reactions of a Facebook data download (JSON)",
        container=JsonLists(_is_wanted, _unread),
        recognises=_recognises,
        parse=parse,
    ),
    *chat.formats(FACEBOOK),
)
