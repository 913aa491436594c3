"""Threads API answers and webhook bodies -> raw records; a part of `platforms.threads`.

Source: objects, pages of them (`data`), webhook bodies (`values`).
Shape:  single objects and what was around them, which `parts` turns into records.
Units:  a webhook's time in epoch seconds.
Errors: RecordError naming the key; the other objects still land.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import NativeId, optional_identifier
from loaders.parsing.formats import Context, Format, JsonArray, Part
from loaders.parsing.times import epoch
from loaders.platforms.threads import parts
from loaders.platforms.threads.parts import Around, is_of_threads
from loaders.reading.json_values import outline
from loaders.records import Record


class Change(msgspec.Struct, gc=False):
    field: str
    value: msgspec.Raw


class Body(msgspec.Struct, gc=False):
    """A webhook's body: what happened, to whom, when."""

    values: Change | list[Change]
    time: int | str | None = None
    target_id: NativeId = None


_BODY = Decoder(Body)


def _expand_body(raw: bytes, _: Context) -> Iterator[Part]:
    body = _BODY.decode(raw)
    time = epoch(body.time, "time", "s or ms")
    target_id = optional_identifier(body.target_id, "target_id")
    changes = body.values if isinstance(body.values, list) else [body.values]
    for change in changes:
        yield Part(bytes(change.value), Around(change.field, time, target_id))


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one object into its records."""
    return parts.parse(raw, context.parent or Around(), context.timezone)


ELSEWHERE = {"entry", "record", "messages", "items", "data"}


def _is_object(keys: dict[str, bytes]) -> bool:
    return (
        not ELSEWHERE & keys.keys()
        and "id" in keys
        and bool(keys.keys() & {"text", "timestamp"})
        and is_of_threads(keys)
    )


def _recognises_object(head: bytes) -> bool:
    return _is_object(outline(head))


def _recognises_page(head: bytes) -> bool:
    data = outline(head).get("data", b"")
    return data.startswith(b"[") and _is_object(outline(data))


def _recognises_body(head: bytes) -> bool:
    keys = outline(head)
    if not {"values", "target_id", "topic"} <= keys.keys():
        return False
    return {"field", "value"} <= outline(keys["values"]).keys()


FORMATS = (
    Format(
        name="threads_objects_json",
        expects="Threads posts and replies (Threads API JSON)",
        container=JsonArray(),
        recognises=_recognises_object,
        parse=parse,
    ),
    Format(
        name="threads_page_json",
        expects="pages of Threads posts and replies (Threads API JSON with `data`)",
        container=JsonArray("data"),
        recognises=_recognises_page,
        parse=parse,
    ),
    Format(
        name="threads_webhook_json",
        expects="Threads webhook bodies (JSON with `values`)",
        container=JsonArray(),
        recognises=_recognises_body,
        parse=parse,
        expand=_expand_body,
    ),
)
