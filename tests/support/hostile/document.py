"""A hostile document, and how much of it is spoilt."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hostile.values import TEXTS
from loaders.parsing.formats import Format

SEED = 20261121
COPIES = 8  # of each list's elements
SPOILT = 0.5  # of the elements
DAMAGED = 0.2  # of the documents: their bytes, besides
Place = tuple[int | str, ...]


@dataclass
class Hostile:
    """A document and what is known of it beforehand."""

    name: str
    source: str  # the document's name, which may tell where it is from
    platform: str
    fmt: Format
    content: bytes
    texts: dict[str, str] = field(default_factory=dict)  # by token
    kept: set[str] = field(default_factory=set)  # tokens of elements that were not spoilt
    n_in: int | None = None  # where it can be counted without the loader


def new_text(made: Hostile, dice: random.Random) -> tuple[str, str]:
    """Return a text that comes once in the document, and the token it is told by."""
    token = f"T{len(made.texts)}T"
    made.texts[token] = text = f"{token} {dice.choice(TEXTS)}."
    return token, text
