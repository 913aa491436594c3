"""What the answers and webhook bodies of Facebook and Instagram have in common.

Source: pages and objects of the Graph API; entries of webhook bodies.
Shape:  the fields, edges and neighbours of what was fetched, the news of a body.
Units:  none.
Errors: RecordError for an entry without news; those of decoding.
"""

from __future__ import annotations

import msgspec

from loaders.parsing.fields import NativeId
from loaders.records import Reason, RecordError


class Paging(msgspec.Struct, gc=False):
    """The neighbours of a page; their addresses name what the page lists."""

    next: str | None = None
    previous: str | None = None

    @property
    def address(self) -> str:
        """The address of another page of the same list; empty where there is none."""
        return self.next or self.previous or ""


class Items(msgspec.Struct, gc=False):
    """An edge: what hangs together with an object."""

    data: list[msgspec.Raw] | None = None


class Entry(msgspec.Struct, gc=False):
    """The news of one Page or account in a webhook's body."""

    id: NativeId = None
    time: int | str | None = None
    changes: list[msgspec.Raw] | None = None
    messaging: list[msgspec.Raw] | None = None
    standby: list[msgspec.Raw] | None = None

    @property
    def conversations(self) -> list[msgspec.Raw]:
        """The events of conversations, also of those that another app answers."""
        return [*(self.messaging or ()), *(self.standby or ())]


_ENTRY = msgspec.json.Decoder(Entry)


def entry_of(raw: bytes) -> Entry:
    """Return an entry of a webhook's body."""
    entry = _ENTRY.decode(raw)
    if not entry.changes and not entry.conversations:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the entry has no changes")
    return entry


def fields_of(raw: bytes) -> dict[str, bytes]:
    """Return the fields of an object, and their values as they stand there."""
    fields = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    return {name: bytes(value) for name, value in fields.items()}
