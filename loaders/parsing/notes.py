"""What the loader noticed about a record that it could land.

A bad secondary field costs that field, not the record. The record lands without it, and the
load counts what was left out, so that nothing disappears in silence.

Source: field checks and platform modules, while one record is parsed.
Shape:  `note` files one remark; `take` returns those since the last call and forgets them.
Units:  one remark per field and record; `loaders.landing` counts them per load.
Errors: none of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

NoteKind = Literal["set_aside", "passed_over", "repaired"]


class Note(msgspec.Struct, frozen=True, gc=False):
    """One remark about one field of a record.

    `set_aside`: the value was wrong, so the field is null. `passed_over`: the loader does not
    read this field or list. `repaired`: the value was changed to something that can be stored.
    """

    kind: NoteKind
    field: str  # the platform's own name: reactions.count, Video Browsing History
    reason: str  # a phrase for people: "is negative", "contained a NUL character"


class Known:
    """The keys that the loader reads, and those that hold nothing people said."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = frozenset(keys)
        fields = [
            (f"key_{place}", msgspec.Raw, msgspec.field(default=msgspec.Raw(), name=key))
            for place, key in enumerate(sorted(self.keys))
        ]
        closed = msgspec.defstruct("Closed", fields, forbid_unknown_fields=True, gc=False)
        self.check = msgspec.json.Decoder(closed).decode  # fails where there are other keys


WAITING: list[Note] = []  # of the record that is being parsed
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_EMPTY = 2  # characters of "", [] and {}
_TELLING = (b'"', b"[", b"{")


def note(kind: NoteKind, field: str, reason: str) -> None:
    """File a remark about the record that is being parsed."""
    WAITING.append(Note(kind, field, reason))


def pass_over(raw: bytes | msgspec.Raw, known: Known) -> None:
    """File a remark for each text, list or object of a JSON record that nobody reads."""
    try:
        known.check(raw)
        return
    except msgspec.ValidationError:
        pass
    for key, value in _fields(raw).items():
        if (
            key not in known.keys
            and len(bytes(value)) > _EMPTY
            and bytes(value)[:1] in _TELLING
        ):
            note("passed_over", key, "is not read")


def take() -> tuple[Note, ...]:
    """Return the remarks about the record that has just been parsed, and forget them."""
    if not WAITING:
        return ()
    notes = tuple(dict.fromkeys(WAITING))
    WAITING.clear()
    return notes
