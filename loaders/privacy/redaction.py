"""Private values out of the bytes of rejected records, so that these can still be replayed.

Shape:  bytes of JSON or of a CSV record in, whole, truncated or broken; a list of edits out,
        each `(start, end, replacement)` in order. `redact` applies them to all of the bytes,
        or to a part: a record is redacted as the part of its document that it is.
Units:  offsets in bytes. Replacements are as long as what they replace, but for e-mail
        addresses as accounts, which become digests (`private_fields.account`).
Errors: none: what cannot be parsed is searched for addresses all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from loaders.privacy.private_fields import (
    Kind,
    Span,
    account,
    addresses,
    is_address,
    kind_of,
    query,
    stand_in,
    stand_in_within_quotes,
)
from loaders.reading.csv_stream import Quoting

Edit = tuple[int, int, bytes]

DEEPEST = 7  # backslashes before the quotes of JSON in JSON in JSON in JSON
LABEL, LABELLED = b"label", {b"value", b"href"}


def redact(raw: bytes, edits: Sequence[Edit], start: int = 0, end: int | None = None) -> bytes:
    """The bytes from start to end with the edits that lie there."""
    end = len(raw) if end is None else end
    pieces, position = [], start
    for from_, to, replacement in edits:
        if position <= from_ and to <= end:
            pieces += [raw[position:from_], replacement]
            position = to
    pieces.append(raw[position:end])
    return b"".join(pieces)


@lru_cache(maxsize=2)  # many records of one document may be rejected
def json_edits(raw: bytes) -> tuple[Edit, ...]:
    """What is to be replaced in JSON, or in what was meant to be."""
    has_addresses = next(addresses(raw, 0, len(raw), is_open=True), None) is not None
    return tuple(_Json(raw, 0, has_addresses).edits(0, len(raw)))


class _Json:
    """Bytes with quotes behind so many backslashes: 1 and more for JSON within JSON.

    Where there are no addresses anywhere, none are looked for in every value.
    """

    def __init__(self, raw: bytes, backslashes: int, has_addresses: bool) -> None:
        self._raw = raw
        self._backslashes = backslashes
        self._has_addresses = has_addresses
        self._strings, self._tokens = _patterns(backslashes)

    def edits(self, start: int, end: int) -> list[Edit]:
        """One walk over all strings; keys tell what their values are."""
        raw = self._raw
        found: list[Edit] = []
        kind, key, key_end = Kind.LOOSE, b"", -1
        is_labelled = False
        position = start
        while string := self._strings.search(raw, position, end):
            if self._has_addresses:
                found += _marked(raw, addresses(raw, position, string.start(), is_open=True))
            position = string.end()
            if string["colon"] is not None:
                key, key_end = string["content"], position
                kind = kind_of(key.decode(errors="replace"))
                if is_labelled and key in LABELLED:
                    kind = Kind.PRIVATE
                if kind == Kind.PRIVATE:
                    position = self._mask(key_end, end, found)
                continue
            is_value = string.start() == key_end
            found += self._value(string, kind if is_value else Kind.LOOSE)
            if is_value and key == LABEL:
                label = string["content"].decode(errors="replace")
                is_labelled = kind_of(label) == Kind.PRIVATE
        return found + _marked(raw, addresses(raw, position, end, is_open=True))

    def _value(self, string: re.Match[bytes], kind: Kind) -> list[Edit]:
        raw, (start, end) = self._raw, string.span("content")
        content = string["content"]
        if kind == Kind.ACCOUNT and (digest := _digest(content.replace(rb"\u0040", b"@"))):
            return [(start, end, digest)]
        if (
            kind == Kind.PLAIN
            and content.startswith((b"{", b"["))
            and b'"' in content
            and self._backslashes < DEEPEST
        ):
            within = _Json(raw, 2 * self._backslashes + 1, self._has_addresses)
            return within.edits(start, end)
        if kind in (Kind.PLAIN, Kind.LOOSE, Kind.ACCOUNT) and not self._has_addresses:
            return []
        return _marked(raw, _spans(raw, start, end, kind, is_open=not string["closed"]))

    def _mask(self, start: int, end: int, found: list[Edit]) -> int:
        """Replace the number, list or object that begins here; a string is met anyway."""
        if self._raw[start : start + 1] in (b"{", b"["):
            start, spans = self._container(start, end)
            found += _marked(self._raw, spans)
        elif number := _NUMBER.match(self._raw, start, end):
            start = number.end()
            found += _marked(self._raw, [number.span()])
        return start

    def _container(self, start: int, end: int) -> tuple[int, list[Span]]:
        """Where the list or object that begins here ends, and the strings and numbers in it."""
        depth = 0
        spans: list[Span] = []
        for token in self._tokens.finditer(self._raw, start, end):
            if token["bracket"] is not None:
                depth += 1 if token["bracket"] in b"[{" else -1
                if depth == 0:
                    return token.end(), spans
            elif token["number"] is not None:
                spans.append(token.span("number"))
            elif token["colon"] is None:
                spans.append(token.span("content"))
        return end, spans


_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*")


@lru_cache(maxsize=8)
def _patterns(backslashes: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """A string, also one that is cut off, and whether a colon follows; and any token.

    Atomic groups, not possessive ones: Python before 3.11.5 loses what follows those.
    """
    content, quote = rb"(?>(?:[^\"\\]++|\\(?:.|\Z))*)", rb"\""
    if backslashes:
        content = rb"(?>(?:[^\"\\]++|\\{%d,}\"|\\++(?!\"))*)" % (backslashes + 1)
        quote = rb"\\{%d}\"" % backslashes
    string = rb"%s(?P<content>%s)(?:(?P<closed>\\*\")(?P<colon>\s*:\s*)?|\Z)" % (quote, content)
    token = rb"(?P<bracket>[\[\]{}])|(?P<number>%s)|%s" % (_NUMBER.pattern, string)
    return re.compile(string, re.DOTALL), re.compile(token, re.DOTALL)


def _spans(raw: bytes, start: int, end: int, kind: Kind, is_open: bool) -> Iterable[Span]:
    """Where a value of that kind holds what is private."""
    if kind == Kind.PRIVATE or (kind == Kind.LOOSE and is_address(raw[start:end])):
        return [(start, end)]
    if kind == Kind.QUERY:
        return query(raw, start, end)
    return () if kind in (Kind.TEXT, Kind.LOOSE) else addresses(raw, start, end, is_open)


def _marked(
    raw: bytes,
    spans: Iterable[Span],
    replace: Callable[[bytes], bytes] = stand_in_within_quotes,
) -> list[Edit]:
    """A stand-in for every span, each byte in one edit only."""
    edits: list[Edit] = []
    position = 0
    for start, end in sorted(spans):
        start = max(start, position)  # noqa: PLW2901 (what the span before left of it)
        if start < end:
            edits.append((start, end, replace(raw[start:end])))
            position = end
    return edits


def _digest(value: bytes) -> bytes | None:
    """What stands for an account that is an e-mail address; None where it is none."""
    told = value.decode(errors="replace")
    known_as = account(told)
    return None if known_as is None or known_as == told else known_as.encode()


def csv_edits(
    raw: bytes, columns: Sequence[str], delimiter: str, quoting: Quoting
) -> list[Edit]:
    """What is to be replaced in a CSV record, or in what was meant to be one.

    Where it has more or fewer cells than there are columns, a cell may be in any of the
    columns that its neighbours leave for it, and the most private of them decides.
    """
    cells = _cells(raw, delimiter.encode(), quoting)
    surplus = len(cells) - len(columns)
    if surplus == 1 and cells[-1][0] == cells[-1][1]:
        surplus = 0  # the empty one behind a delimiter that ends the record
    edits: list[Edit] = []
    for place, (start, end) in enumerate(cells):
        first, last = place - max(surplus, 0), place - min(surplus, 0)
        names = columns[max(first, 0) : last + 1]
        kind = max((kind_of(name) for name in names), default=Kind.PLAIN)
        if kind == Kind.ACCOUNT and (digest := _digest(raw[start:end])):
            edits.append((start, end, digest))
            continue
        spans = _spans(raw, start, end, kind, is_open=surplus != 0)
        edits += _marked(raw, spans, stand_in)
    return edits


def _cells(raw: bytes, delimiter: bytes, quoting: Quoting) -> list[Span]:
    """Where the cells stand, without their quotes; what is not a cell is one up to the next."""
    spans, start = [], 0
    pattern = _cell(delimiter, quoting)
    while found := pattern.match(raw, start):
        spans.append(
            found.span("quoted") if found["quoted"] is not None else found.span("bare")
        )
        start = found.end() + len(delimiter)
        if start > len(raw):
            break
    return spans


@lru_cache(maxsize=16)
def _cell(delimiter: bytes, quoting: Quoting) -> re.Pattern[bytes]:
    sep = re.escape(delimiter)
    bare = rb"(?P<bare>[^%s]*+)" % sep
    inside = rb"(?>(?:[^\"]++|\"\")*)"
    if quoting != "doubled":
        inside = rb"(?>(?:[^\"\\]++|\\.|\"\")*)"
    if quoting == "none":
        return re.compile(rb"(?P<quoted>(?!))?" + bare)
    return re.compile(rb"\"(?P<quoted>%s)\"(?=%s|\s*\Z)|%s" % (inside, sep, bare), re.DOTALL)
