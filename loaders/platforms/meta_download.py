"""What the data downloads of Facebook and Instagram have in common.

Source: "Download your information" as JSON, of either platform.
Shape:  text whose UTF-8 bytes were written as one character each, in, the text out; label
        values (a list of labelled, possibly nested values, the labels in the exporter's
        language) in, what can be told of them by their shape out.
Units:  epoch seconds.
Errors: none: what cannot be repaired or told is left as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

SEPARATOR = "\x1f"


class Labelled(msgspec.Struct, gc=False, omit_defaults=True):
    """A value with its label, or several under a title."""

    label: str | None = None
    title: str | None = None
    value: Any = None
    href: str | None = None
    ent_field_name: str | None = None
    dict: list[Labelled] | None = None


class Told(msgspec.Struct, gc=False, omit_defaults=True):
    """What is kept of an entry of label values."""

    timestamp: int | str | None = None
    url: str | None = None
    owner: str | None = None
    text: str | None = None
    reaction: str | None = None


def repaired(text: str | None) -> str | None:
    """Undo that the bytes of UTF-8 were taken for characters, where they were."""
    if text is None or text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def key(*told: str | int | None) -> str:
    """Return what identifies an entry that has no id: all that is said of it."""
    words = SEPARATOR.join("" if part is None else str(part) for part in told)
    return hashlib.md5(words.encode(errors="surrogatepass")).hexdigest()


def told_by(values: list[Labelled], timestamp: int | str | None) -> Told:
    """Sort out label values: addresses by their form, the rest by their (English) labels."""
    told = Told(timestamp=timestamp)
    for value in _leaves(values):
        text = repaired(value.value) if isinstance(value.value, str) else None
        name = (value.ent_field_name or value.label or "").lower()
        address = value.href or (text if text and text.startswith("https://") else None)
        if address and told.url is None:
            told.url = address
        elif text and name == "username":
            told.owner = text
        elif text and name == "reaction":
            told.reaction = text
        elif text and name in ("comment", "text"):
            told.text = text
    return told


def _leaves(values: list[Labelled]) -> Iterator[Labelled]:
    for value in values:
        if value.dict is not None:
            yield from _leaves(value.dict)
        else:
            yield value
