"""Webhook bodies of a Facebook Page -> raw records; a part of `platforms.facebook`.

Source: bodies with `entry`, one a file or one a line.
Shape:  each change and each event of a conversation becomes one record (see `changes` and
        `meta.messaging`).
Units:  entry.time seconds or milliseconds.
Errors: RecordError naming the key; the other changes of the body still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from loaders.parsing.fields import NativeId, optional_identifier
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.platforms.facebook import changes, delivery
from loaders.platforms.facebook.people import FACEBOOK
from loaders.platforms.instagram import webhook
from loaders.platforms.meta import messaging
from loaders.platforms.meta.graph import entry_of
from loaders.reading.json_values import outline
from loaders.records import Record


class Conversation(msgspec.Struct, gc=False):
    """The Page of an entry, for its private messages."""

    id: NativeId = None


def _expand(raw: bytes, _: Context) -> Iterator[Part]:
    entry = entry_of(raw)
    around = delivery.Around(entry.id, entry.time)
    for change in entry.changes or ():
        yield Part(bytes(change), around)
    for message in entry.conversations:
        yield Part(bytes(message), Conversation(entry.id))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one change or one event of a conversation into its records."""
    if isinstance(context.parent, Conversation):
        page_id = optional_identifier(context.parent.id, "entry.id")
        return messaging.parse(raw, FACEBOOK, page_id)
    return changes.parse(raw, context)


def _recognises_body(head: bytes) -> bool:
    keys = outline(head)
    first = outline(keys.get("entry", b""))
    if not first.keys() & {"changes", "messaging", "standby"}:
        return False
    if "object" in keys:
        return keys["object"] == b'"page"'
    return not webhook.is_of_instagram(first)


FORMATS = (
    Format(
        name="page_webhook_json",
        expects="Facebook Page webhook bodies (JSON with `entry`)",
        container=JsonArray("entry"),
        recognises=_recognises_body,
        parse=parse,
        expand=_expand,
    ),
)
