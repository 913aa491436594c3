"""Topics of Telegram forums, found along the replies of an export.

Source: the messages of a Telegram Desktop export, read ahead.
Shape:  `link` packs a message and what it answers; `topics` returns the topic of each message
        that answers one, or answers an answer.
Units:  ids are whole numbers of 64 bits.
Errors: those of decoding; such a message belongs to no topic.
"""

from __future__ import annotations

import struct
from typing import Annotated

import msgspec

from loaders.parsing.decoding import Decoder

TOPIC = "topic_created"

Packable = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Link(msgspec.Struct, gc=False):
    """How a message hangs together with others."""

    id: Packable
    reply_to_message_id: Packable | None = None
    action: str | None = None


_LINK = Decoder(Link)
_PAIR = struct.Struct("<qq")
_ITSELF = 0


def link(raw: bytes) -> bytes | None:
    """A message and what it answers, packed; a topic answers nothing."""
    if b'"reply_to_message_id"' not in raw and b'"topic_created"' not in raw:
        return None
    found = _LINK.decode(raw)
    if found.action == TOPIC:
        return _PAIR.pack(found.id, _ITSELF)
    answered = found.reply_to_message_id
    return _PAIR.pack(found.id, answered) if answered else None


def topics(links: list[bytes]) -> dict[int, int | None]:
    """The topic of every message that answers one, or answers an answer."""
    answered = dict(_PAIR.unpack(link) for link in links)
    found: dict[int, int | None] = {
        message: message for message, to in answered.items() if to == _ITSELF
    }
    if not found:
        return {}
    for message in answered:
        path = []
        at = message
        while at in answered and at not in found:
            found[at] = None  # until its topic is known; a circle ends here
            path.append(at)
            at = answered[at]
        if found.get(at) is not None:
            found.update(dict.fromkeys(path, found[at]))
    return found
