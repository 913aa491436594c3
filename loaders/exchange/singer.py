"""Singer messages -> raw records, by a map per stream (`mapping`).

Source: lines of a tap (SPEC.md of singer-io/getting-started): SCHEMA, RECORD, STATE, and of
        taps that read whole tables ACTIVATE_VERSION.
Shape:  the envelope of a message; formats for lines of RECORD messages of one stream, for lines
        that are none, and for an activation.
Units:  `time_extracted` is the time of a record that has no `version_at` or `observed_at`
        itself; without either it is as new as its receipt. Records with a version are always as
        new as their receipt: what is extracted again is so again, however old its last change.
Errors: RecordError naming the key; MessageError for a SCHEMA that cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from loaders.exchange.mapped import Reader, flat
from loaders.exchange.mapping import Map
from loaders.parsing.fields import secondary
from loaders.parsing.formats import Context, Format, Lines
from loaders.parsing.times import instant
from loaders.records import (
    Counter,
    Interaction,
    Post,
    Profile,
    Reason,
    Record,
    RecordError,
)

RECORDS, ACTIVATION = "singer_records", "singer_activation"  # names of formats
STREAM, VERSION, UNREAD = "stream", "version", "unread"  # options of loads
DELETED_AT = "_sdc_deleted_at"  # of a row that the source has deleted
METADATA = "_sdc_"  # columns that taps and mappers add
KINDS = ("SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION", "BATCH")
ABSENT = msgspec.Raw()
Dated = Profile | Post | Counter


class Message(msgspec.Struct, gc=False):
    """Any message; which of the keys there are depends on the type."""

    type: str
    stream: str | None = None
    record: msgspec.Raw = ABSENT
    version: int | None = None
    time_extracted: str | None = None
    schema: msgspec.Raw = ABSENT
    key_properties: Any = None
    value: msgspec.Raw = ABSENT


class MessageError(Exception):
    """A message that others depend on cannot be used: a phrase that says why."""


decode = msgspec.json.Decoder(Message).decode
_schema = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def keyed(told: Map, message: Message) -> Map:
    """Return the map of a stream with what its SCHEMA message says: the keys of a row.

    They must be there, and make the id of an interaction whose map names none.
    """
    try:
        properties = _schema(message.schema).get("properties")
    except msgspec.DecodeError:
        raise MessageError("has no schema that is a JSON object") from None
    if properties is None:
        raise MessageError("has a schema without properties")
    keys = [] if message.key_properties is None else message.key_properties
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise MessageError("has key_properties that are no list of names")
    required = [*dict.fromkeys([*told.required, *keys])]
    joined = told.joined
    has_id = told.record != "interaction" or "id" in told.filled() or "id" in told.constants
    if keys and not has_id:
        joined = {**joined, "id": keys}
    return msgspec.structs.replace(told, required=required, joined=joined)


def records(told: Map) -> Format:
    """Return the format of RECORD messages of a stream."""
    reader = Reader(told)
    named = told.columns.keys() | told.joins()

    def parse(raw: bytes, context: Context) -> Iterable[Record]:
        message = decode(raw)
        if message.type != "RECORD":
            raise RecordError(Reason.UNSUPPORTED_RECORD, "type is not RECORD")
        if not bytes(message.record):
            raise RecordError(Reason.MISSING_FIELD, "record is missing")
        row = flat(message.record)
        is_deleted = row.get(DELETED_AT) is not None
        row = {key: row[key] for key in row if key in named or not key.startswith(METADATA)}
        at = secondary(instant, message.time_extracted, "time_extracted", context.timezone)
        for record in reader.parse(row, context):
            if isinstance(record, Interaction):
                is_of_receipt = message.version is not None or is_deleted
                yield msgspec.structs.replace(
                    record,
                    version_at=None if is_of_receipt else record.version_at or at,
                    is_retracted=record.is_retracted or is_deleted,
                )
            elif isinstance(record, Dated) and record.observed_at is None:
                yield msgspec.structs.replace(record, observed_at=at)
            else:
                yield record

    return _format(RECORDS, parse)


def unread() -> Format:
    """Return the format of lines that are no message, or a record before its SCHEMA."""

    def refuse(raw: bytes, _: Context) -> Iterable[Record]:
        message = decode(raw)
        if message.type in KINDS:
            detail = f"{message.type} of {message.stream!r} stands before its SCHEMA"
            if message.type != "RECORD":
                detail = f"{message.type} lacks what it needs"
        else:
            detail = f"type is none of {', '.join(KINDS)}"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)

    return _format(RECORDS, refuse)


def activation() -> Format:
    """Return the format of an ACTIVATE_VERSION message, which is no record."""
    return _format(ACTIVATION, lambda _, __: ())


def format_of(name: str, told: Map | None) -> Format | None:
    """Return the format of that name, with the map of its stream; None for one of others."""
    if name == ACTIVATION:
        return activation()
    if name == RECORDS:
        return unread() if told is None else records(told)
    return None


def _format(name: str, parse: Any) -> Format:
    return Format(
        name=name,
        expects="messages of a Singer tap, with a map per stream",
        container=Lines(),
        recognises=lambda _: False,
        parse=parse,
        is_as_received=True,
    )
