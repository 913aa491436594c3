"""An Instagram data download -> raw records.

Source: comments, likes, saved media and follows, as the tuples of 2020 (`media_comments`:
        `[time, text, owner]`), as entries of `string_map_data` and `string_list_data`, and as
        entries of `label_values`; conversations and connections of 2020 (see
        `download_2020`); chats (see `meta.chat`).
Shape:  one entry in -> one interaction of the exporter, whom --account names. Comments name
        the account they were made at, not the post: that is metadata; likes and saves have
        the post's address, its shortcode is the post. Followers are actors themselves,
        `@username`. No ids: keys are derived from all that is said. Names of fields are in
        the exporter's language (see `meta.labels`): where a comment cannot be told from the
        account, it has no text, and metadata has both.
Units:  epoch seconds; ISO times in 2020 (without zone: --timezone). Texts are repaired, where
        their bytes were written as characters.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from loaders.parsing.builders import digest
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, composite, identifier, secondary
from loaders.parsing.formats import Context, Format, JsonLists
from loaders.parsing.times import epoch, instant
from loaders.platforms.instagram import download_2020
from loaders.platforms.instagram.lists import LISTS, kind_of
from loaders.platforms.instagram.parts import INSTAGRAM
from loaders.platforms.meta import chat, labels
from loaders.platforms.meta.download import is_placeholder, readable, repaired
from loaders.platforms.meta.labels import Labelled, Told
from loaders.reading.json_stream import Keys
from loaders.reading.json_values import outline
from loaders.records import ActorKind, Interaction, Post, Reason, Record, RecordError

_SHORTCODE = re.compile(r"instagram\.com/(?:[\w.]+/)?(?:p|reel|reels|tv)/([\w-]+)")


class Value(msgspec.Struct, gc=False, omit_defaults=True):
    value: str | None = None
    href: str | None = None
    timestamp: int | str | None = None


Mapped = dict[str, Value | list[msgspec.Raw] | str | None]


class Entry(msgspec.Struct, gc=False, omit_defaults=True):
    title: str | None = None
    media_owner: str | None = None
    timestamp: int | str | None = None
    string_map_data: Mapped | None = None
    string_list_data: list[Value] | None = None
    label_values: list[Labelled] | None = None


_ENTRY: Decoder[Entry | list[NativeId]] = Decoder(Entry | list[NativeId])


def gather(raw: bytes) -> tuple[str, ...]:
    """The labels of an entry under which it has a text that is no account."""
    entry = _ENTRY.decode(raw)
    if isinstance(entry, list):
        return ()
    return labels.evidence(_texts(entry.string_map_data or {}))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its interactions."""
    entry = _ENTRY.decode(raw)
    kind = kind_of(context, _labels(entry))
    written = context.gathered or {}
    if isinstance(entry, list):
        yield from _interaction(kind, _tuple(entry), context)
    elif entry.string_list_data is not None:
        for value in entry.string_list_data:
            told = Told(value.timestamp, value.href, repaired(entry.title) or None)
            if kind in ("follower", "following"):
                told.owner = repaired(value.value) or told.owner
            yield from _interaction(kind, told, context)
    elif entry.string_map_data is not None:
        yield from _interaction(kind, _mapped(entry, written, kind), context)
    elif entry.label_values is not None:
        is_comment = kind == "comment"
        told = labels.told_by(
            entry.label_values, entry.timestamp, written if is_comment else None
        )
        yield from _interaction(kind, told, context)
    else:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the entry is of no known shape")


def _labels(entry: Entry | list[NativeId]) -> Iterator[str]:
    """The labels of an entry's values."""
    if isinstance(entry, Entry):
        yield from entry.string_map_data or {}
        for value in labels.leaves(entry.label_values or []):
            yield value.ent_field_name or value.label or ""


def _tuple(entry: list[NativeId]) -> Told:
    """`[time, owner]`, or `[time, text, owner]`."""
    if len(entry) not in (2, 3) or not all(isinstance(part, str) for part in entry):
        raise RecordError(Reason.INVALID_FIELD, "the entry is not a time, a text and an owner")
    time, *text, owner = (str(part) for part in entry)
    return Told(time, None, repaired(owner), readable(text[0], "text") if text else None)


def _texts(values: Mapped) -> dict[str, str]:
    """The values of an entry that are neither times nor addresses, by their label."""
    return {
        name: repaired(value.value) or ""
        for name, value in values.items()
        if isinstance(value, Value) and value.value and not value.timestamp
    }


def _mapped(entry: Entry, written: dict[str, int], kind: str) -> Told:
    """Sort out fields whose names may be in any language."""
    values = entry.string_map_data or {}
    told = Told(entry.timestamp)
    for value in values.values():
        if isinstance(value, Value) and value.timestamp:
            told.timestamp = value.timestamp
            told.url = value.href or told.url
    texts = _texts(values)
    if kind == "comment":
        labels.assign(told, texts, written)
    else:
        handles = [text for text in texts.values() if labels.is_handle(text)]
        told.owner = handles[0] if len(handles) == 1 else None
    told.owner = told.owner or repaired(entry.media_owner or entry.title) or None
    return told


def _interaction(kind: str, told: Told, context: Context) -> Iterator[Record]:
    if isinstance(told.timestamp, str) and not told.timestamp.isdigit():
        occurred_at = instant(told.timestamp, "time", context.timezone)
    else:
        occurred_at = epoch(told.timestamp, "timestamp", "s")
    if occurred_at is None:
        raise RecordError(Reason.MISSING_FIELD, "the entry has no time")
    found = _SHORTCODE.search(told.url or "")
    post_id = secondary(identifier, found[1], "href") if found else None
    owner, is_gone = _account(told.owner)
    is_follower = kind == "follower"
    actor_kind: ActorKind | None = None if is_follower else "exporter"
    others = [f"{label}={text}" for label, text in sorted((told.others or {}).items())]
    said = (kind, told.timestamp, told.url, told.owner, told.text, *others)
    yield Interaction(
        platform=INSTAGRAM,
        native_id=composite(kind, digest(*said)),
        native_type=kind,
        actor_id=owner if is_follower else context.account,
        actor_kind="deleted" if is_follower and is_gone else actor_kind,
        post_id=post_id,
        text=told.text,
        occurred_at=occurred_at,
        key_quality="derived",
        metadata=_metadata(None if is_follower else owner, told),
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


def _account(name: str | None) -> tuple[str | None, bool]:
    """The account of that name, and whether it is the placeholder of deleted ones."""
    is_gone = is_placeholder(name)
    return (f"@{name}" if name and not is_gone else None), is_gone


def _metadata(owner: str | None, told: Told) -> dict[str, Any] | None:
    found: dict[str, Any] = {"owner": owner} if owner else {}
    if told.others:
        found["values"] = {repaired(label): text for label, text in told.others.items()}
    return found or None


def _is_wanted(keys: Keys) -> bool:
    return keys == () or (len(keys) == 1 and keys[0] in LISTS)


def _unread(keys: Keys) -> str | None:
    """The name of a list of the download that is not read."""
    return keys[0] if len(keys) == 1 else None


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    if LISTS.keys() & keys.keys():
        return True
    if "label_values" in keys:
        return b"instagram.com" in keys["label_values"]
    return "string_map_data" in keys or "string_list_data" in keys


FORMATS = (
    Format(
        name="instagram_download_json",
        expects="comments, likes or follows of an Instagram data download (JSON)",
        container=JsonLists(_is_wanted, _unread),
        recognises=_recognises,
        parse=parse,
        gather=gather,
        combine=labels.combined,
    ),
    *download_2020.FORMATS,
    *chat.formats(INSTAGRAM),
)
