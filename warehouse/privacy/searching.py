"""A search for many texts at once, whose time hardly depends on how many they are.

Source: values by which a trace of a person is recognised.
Shape:  `Sought` says of texts how many hold one of the values, and of a stream at how many
        places one stands.
Units:  upper and lower case are the same. A value of fewer than five characters counts where it
        is a whole text, for it is also a part of many words.
Errors: none.

PostgreSQL keeps 32 compiled regular expressions, so thousands of values would be compiled again
for each row. Here one expression finds the heads of all values, and a set says which is whole.
"""

from __future__ import annotations

import codecs
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import IO
from urllib.parse import quote

SHORTEST = 5  # characters of a value that is looked for within others
BLOCK = 1 << 20  # bytes of a stream that are read at a time

_BETWEEN = "\0"  # in no text of a database


class Sought:
    """Values that are looked for, however a text writes them."""

    def __init__(self, values: Iterable[str]) -> None:
        """`values`: as people or platforms write them."""
        forms = {form for value in values for form in _forms(value)}
        self._short = frozenset(form for form in forms if len(form) < SHORTEST)
        self._long = frozenset(forms - self._short)
        lengths: dict[str, set[int]] = {}
        for form in self._long:
            lengths.setdefault(form[:SHORTEST], set()).add(len(form))
        self._lengths = {head: sorted(found) for head, found in lengths.items()}
        self._longest = max(map(len, self._long), default=0)
        self._heads = re.compile(_any_of(lengths)) if lengths else None

    def rows(self, texts: Sequence[str]) -> int:
        """Return how many of some texts are or hold one of the values."""
        is_in_any = self._is_in(_BETWEEN.join(texts).lower())
        if not is_in_any and not self._short:
            return 0
        return sum(
            1
            for text in map(str.lower, texts)
            if text in self._short or (is_in_any and self._is_in(text))
        )

    def places(self, text: str) -> int:
        """Return at how many places of a text one of the values stands."""
        return sum(1 for _ in self._ends(text.lower()))

    def places_in(self, stream: IO[bytes]) -> int:
        """Return at how many places of a stream one of the values stands."""
        if self._heads is None:
            return 0
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        count, kept = 0, ""
        while block := stream.read(BLOCK):
            text = kept + decoder.decode(block).lower()
            certain = len(text) - self._longest  # one that begins later may be cut
            done = 0
            for start, end in self._ends(text):
                if start > certain:
                    break
                count, done = count + 1, end
            kept = text[max(certain + 1, done, 0) :]
        return count + self.places(kept)

    def _is_in(self, text: str) -> bool:
        return next(self._ends(text), None) is not None

    def _ends(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where values begin and end, without those that overlap an earlier one."""
        if self._heads is None:
            return
        place = 0
        while found := self._heads.search(text, place):
            start = found.start()
            place = start + 1
            for length in self._lengths[found[0]]:
                if text[start : start + length] in self._long:
                    place = start + length
                    yield start, place
                    break


def _forms(value: str) -> set[str]:
    """Return a value as texts, JSON documents and addresses have it, in lower case."""
    if len(value) < SHORTEST:
        return {value.lower()}
    with suppress(ValueError):
        value = str(uuid.UUID(value))
    written = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    written |= {form.replace("/", "\\/") for form in written}
    addresses = (value.encode("utf-8", "surrogatepass"), value.encode("utf-8", "replace"))
    written |= {quote(each, safe=safe) for each in addresses for safe in ("", "/", "/@:")}
    return {form.lower() for form in written}


def _any_of(heads: Iterable[str]) -> str:
    """Return a regular expression that finds one of some texts of the same length.

    Those that begin alike share that part, so a character is compared with few others.
    """
    rest: dict[str, set[str]] = {}
    for head in heads:
        rest.setdefault(head[0], set()).add(head[1:])
    found = [
        re.escape(first) + (_any_of(others) if any(others) else "")
        for first, others in sorted(rest.items())
    ]
    return found[0] if len(found) == 1 else f"(?:{'|'.join(found)})"
