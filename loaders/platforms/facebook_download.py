"""A Facebook data download -> raw records.

Source: comments (`comments_v2`), likes and reactions (`reactions_v2`), also as bare lists, and
        the newer entries of `label_values`.
Shape:  one entry in -> one comment or reaction of the exporter, who is whoever --account says,
        else unknown. What it answers is only in its title, a sentence in the exporter's
        language, which becomes metadata. No ids: keys are derived from all that is said.
Units:  epoch seconds. Texts are repaired, where their bytes were written as characters.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import msgspec

from loaders.fields import composite
from loaders.formats import Context, Format, JsonLists
from loaders.json_stream import Keys, outline
from loaders.platforms import meta_download
from loaders.platforms.meta_download import Labelled, repaired
from loaders.records import Interaction, Profile, Reason, Record, RecordError
from loaders.times import epoch

FACEBOOK = "facebook"
LISTS = {
    *("comments_v2", "comments", "group_comments_v2"),
    *("reactions_v2", "reactions", "likes_and_reactions_v2"),
}


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


class Kept(msgspec.Struct, gc=False, omit_defaults=True):
    """The allow-listed entry: what it says, repaired."""

    timestamp: int | str | None = None
    title: str | None = None
    name: str | None = None
    group: str | None = None
    url: str | None = None


_ENTRY = msgspec.json.Decoder(Entry)


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its comment or reaction."""
    entry = _ENTRY.decode(raw)
    kept = Kept(entry.timestamp, repaired(entry.title))
    datum = entry.data[0] if entry.data else Datum()
    text = native_kind = None
    if datum.comment is not None:
        native_type = "comment"
        text = repaired(datum.comment.comment)
        kept.name, kept.group = repaired(datum.comment.author), repaired(datum.comment.group)
        if datum.comment.timestamp is not None:
            kept.timestamp = datum.comment.timestamp
    elif datum.reaction is not None:
        native_type, native_kind = "reaction", datum.reaction.reaction.lower()
        kept.name = repaired(datum.reaction.actor)
    elif entry.label_values is not None:
        told = meta_download.told_by(entry.label_values, entry.timestamp)
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
    said = (context.account, kept.timestamp, kept.title, kept.url, native_kind, text)
    yield Interaction(
        platform=FACEBOOK,
        native_id=composite(native_type, meta_download.key(*said)),
        native_type=native_type,
        native_kind=native_kind,
        actor_id=context.account,
        actor_kind="exporter",
        text=text,
        occurred_at=occurred_at,
        key_quality="derived",
        metadata={"title": kept.title} if kept.title else None,
        payload=msgspec.json.encode(kept),
    )
    if context.account is not None and kept.name:
        yield Profile(
            platform=FACEBOOK,
            actor_id=context.account,
            actor_kind="exporter",
            display_name=kept.name,
        )


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


def _recognises(head: bytes) -> bool:
    keys: dict[str, Any] = outline(head)
    if {"comments_v2", "reactions_v2", "group_comments_v2"} & keys.keys():
        return True
    if "label_values" in keys and "timestamp" in keys:
        values = keys["label_values"]
        return b"facebook.com" in values or b'"Reaction"' in values
    data = outline(keys.get("data", b""))
    return "timestamp" in keys and bool(data.keys() & {"comment", "reaction"})


FORMATS = (
    Format(
        name="facebook_download_json",
        expects="comments or reactions of a Facebook data download (JSON)",
        container=JsonLists(_is_wanted),
        recognises=_recognises,
        parse=parse,
    ),
)
