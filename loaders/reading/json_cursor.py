"""A place in a stream of JSON, which moves on value by value.

Own code rather than a streaming parser: a reject needs the exact bytes of its record, and a
hostile record must not take its neighbours with it. Values are only delimited here, by
skipping over strings and counting brackets; what they say is decoded later, one by one.

Source: JSON values of any kind and size, whole or broken, with anything between them.
Shape:  `(offset, raw)` for a value, `Broken` for one that is too large, and whether it was
        complete before the stream ended.
Units:  offsets and sizes in bytes of the decompressed content; memory is bounded by
        MAX_RECORD_BYTES, whatever comes.
Errors: none of its own; reading errors pass.
"""

from __future__ import annotations

import re

import msgspec

from loaders.reading.documents import BOM, CHUNK_BYTES, Readable
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES, Reason

Native = tuple[int, bytes]

TOO_LARGE = f"is larger than {MAX_RECORD_BYTES // (1024 * 1024)} MiB"

OPEN_OBJECT, CLOSE_OBJECT = b"{}"
OPEN_ARRAY, CLOSE_ARRAY = b"[]"
_TO_CLOSING = CLOSE_OBJECT - OPEN_OBJECT  # the same for both kinds of bracket
QUOTE, _BACKSLASH = b'"\\'
END = -1
_FIRST_WINDOW = 4 * 1024  # most lists end soon
_NO_BRACKETS = bytes(set(range(256)) - set(b"{}[]"))

# No possessive groups: Python before 3.11.5 loses what follows them.
_BETWEEN = re.compile(rb"[\s,:]*+")
_SCALAR = re.compile(rb'[^\s,:"{}\[\]]++')
_IN_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*', re.DOTALL)
_TO_BRACKET = re.compile(  # strings are skipped whole, so that brackets in them do not count
    rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*")*', re.DOTALL
)
_DEPTH = 5  # of the values that one match takes in; deeper ones are followed step by step


def _nested(depth: int) -> bytes:
    """What may stand in an object or list of that depth."""
    plain = rb'[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*"'
    if depth > 1:
        inner = _nested(depth - 1)
        plain += rb"|\{%s\}|\[%s\]" % (inner, inner)
    return rb"(?:%s)*" % plain


_WHOLE = re.compile(rb"\{%s\}" % _nested(_DEPTH), re.DOTALL)
_NEXT = re.compile(rb"[\s,:]*+(\{%s\})" % _nested(_DEPTH), re.DOTALL)


class Broken(msgspec.Struct, frozen=True, gc=False):
    """Bytes that hold no record, or one that is too large."""

    offset: int
    byte_count: int
    raw: bytes  # at most MAX_REJECT_BYTES of them
    reason: Reason
    detail: str


def too_large(offset: int, byte_count: int, raw: bytes) -> Broken:
    """What stands for a record above the size limit."""
    return Broken(offset, byte_count, raw[:MAX_REJECT_BYTES], Reason.TOO_LARGE, TOO_LARGE)


class Rest:
    """Bytes, and the rest of the stream they were taken from, as a stream."""

    def __init__(self, content: bytes, stream: Readable | None = None) -> None:
        self._content = content
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        """Return the bytes first, whatever their number, then what the stream gives."""
        content, self._content = self._content, b""
        return content or (self._stream.read(size) if self._stream else b"")


class Cursor:
    """A place in a stream, with as much of what surrounds it as is still needed."""

    def __init__(self, stream: Readable, base: int = 0) -> None:
        self._stream = stream
        self.buffer = stream.read(CHUNK_BYTES)
        self.position = len(BOM) if self.buffer.startswith(BOM) else 0
        self._base = base  # offset of the buffer in the stream
        self._from: int | None = None  # start of the value being read, in the buffer
        self._tape = bytearray()  # what was dropped from the buffer since the mark
        self._marked = 0  # start of what was not dropped, in the buffer
        self._mark_offset = 0

    def peek(self) -> int:
        """Skip white space, commas and colons; the next byte, or -1 at the end."""
        while True:
            self.position = _end(_BETWEEN, self.buffer, self.position)
            if self.position < len(self.buffer):
                return self.buffer[self.position]
            if not self._refill():
                return END

    @property
    def offset(self) -> int:
        """Where the cursor stands in the stream."""
        return self._base + self.position

    def mark(self) -> None:
        """Remember this place: a reject that has no better bytes begins here."""
        if self._tape:
            self._tape.clear()
        self._marked = self.position
        self._mark_offset = self._base + self.position

    def marked(self) -> tuple[int, int, bytes]:
        """Offset, size and first bytes of everything since the mark."""
        raw = bytes(self._tape) + self.buffer[self._marked : self.position]
        size = self._base + self.position - self._mark_offset
        return self._mark_offset, size, raw[:MAX_REJECT_BYTES]

    def truncated(self) -> Broken:
        """What is left since the mark when the stream ends within a document."""
        offset, size, raw = self.marked()
        return Broken(
            offset, size, raw, Reason.INVALID_JSON, "is truncated: it ends before its JSON does"
        )

    def key(self) -> tuple[str, bool]:
        """Read a name; whether the stream had all of it."""
        value, is_complete = self.value()
        if not is_complete or isinstance(value, Broken):
            return "", is_complete
        try:
            return msgspec.json.decode(value[1], type=str), True
        except (msgspec.DecodeError, UnicodeDecodeError):
            return "", True

    def value(self) -> tuple[Native | Broken, bool]:
        """Read one value; whether it was complete before the stream ended."""
        start = self._base + self.position
        self._from = begin = self.position
        first = self.buffer[begin]
        if first == OPEN_OBJECT and (whole := _WHOLE.match(self.buffer, begin)) is not None:
            self.position = whole.end()
            if self.position - begin <= MAX_RECORD_BYTES:
                self._from = None
                return (start, whole[0]), True
            self.position = begin
        is_bare = first not in b'"{['
        in_string = first == QUOTE
        self.position += in_string
        awaited = bytearray()  # closing brackets, innermost last
        cut: bytes | None = None
        while True:
            if is_bare:
                is_complete = self._skip_bare()
            else:
                is_complete, in_string = self._skip(awaited, in_string)
            if is_complete:
                break
            if cut is None and self.position - self._from > MAX_RECORD_BYTES:
                cut = self.buffer[self._from : self._from + MAX_REJECT_BYTES]
            if cut is not None:
                self._from = self.position
            if not self._refill():
                self.position = len(self.buffer)
                is_complete = is_bare
                break
        begin, self._from = self._from, None
        size = self._base + self.position - start
        if cut is not None or size > MAX_RECORD_BYTES:
            raw = cut or self.buffer[begin : begin + MAX_REJECT_BYTES]
            return too_large(start, size, raw), is_complete
        return (start, self.buffer[begin : self.position]), is_complete

    def next_object(self) -> Native | None:
        """Read an object and mark the place behind it; None where no plain one is in memory."""
        found = _NEXT.match(self.buffer, self.position)
        if found is None:
            return None
        begin, end = found.span(1)
        if end - begin > MAX_RECORD_BYTES:
            return None
        self.position = end
        self.mark()
        return self._base + begin, found[1]

    def leave(self, opened: int = OPEN_ARRAY) -> bool:
        """Skip to behind the list or object that the cursor stands in; whether it is closed.

        `opened` is its opening bracket. Nothing of what is skipped is kept: any size will do.
        """
        awaited = bytearray((opened + _TO_CLOSING,))
        in_string = False
        window = _FIRST_WINDOW
        while True:
            content = self.buffer[self.position : self.position + window]
            ahead = _nesting(content, awaited, in_string)
            if ahead is None:
                is_complete, in_string = self._skip(awaited, in_string)
                if is_complete:
                    return True
            else:
                read, awaited, in_string = ahead
                self.position += read
                is_last, window = len(content) < window, min(4 * window, MAX_RECORD_BYTES)
                if not is_last:
                    continue
            if not self._refill():
                self.position = len(self.buffer)
                return False

    def _skip_bare(self) -> bool:
        """Move over a number, a word or a stray bracket."""
        end = _end(_SCALAR, self.buffer, self.position)
        if end == self.position == self._from:  # a bracket that closes nothing
            self.position += 1
            return True
        self.position = end
        return end < len(self.buffer)

    def _skip(self, awaited: bytearray, in_string: bool) -> tuple[bool, bool]:
        """Move on, to the end of the value or of the buffer: (value ended, within a string)."""
        buffer, position = self.buffer, self.position
        end = len(buffer)
        is_complete = False
        while position < end and not is_complete:
            if in_string:
                position = _end(_IN_STRING, buffer, position)
                if position == end or buffer[position] == _BACKSLASH:
                    break
                position += 1
                in_string = False
                is_complete = not awaited
                continue
            position = _end(_TO_BRACKET, buffer, position)
            if position == end:
                break
            byte = buffer[position]
            position += 1
            if byte == QUOTE:
                in_string = True
            elif byte in (OPEN_OBJECT, OPEN_ARRAY):
                awaited.append(byte + _TO_CLOSING)
                is_complete = len(awaited) > MAX_RECORD_BYTES
            else:
                at = awaited.rfind(byte)
                if at < 0:  # closes what surrounds this value: it was never closed itself
                    position -= 1
                    is_complete = True
                else:
                    del awaited[at:]
                    is_complete = not awaited
        self.position = position
        return is_complete, in_string

    def _refill(self) -> bool:
        """Read on, dropping what nobody needs any more; False at the end of the stream."""
        chunk = self._stream.read(CHUNK_BYTES)
        if not chunk:
            return False
        keep = self.position if self._from is None else self._from
        if self._marked < keep:
            room = MAX_REJECT_BYTES - len(self._tape)
            self._tape += self.buffer[self._marked : min(keep, self._marked + room)]
        self._marked = max(0, self._marked - keep)
        self.buffer = self.buffer[keep:] + chunk
        self._base += keep
        self.position -= keep
        if self._from is not None:
            self._from = 0
        return True


def _nesting(
    content: bytes, awaited: bytearray, in_string: bool
) -> tuple[int, bytearray, bool] | None:
    """How content ends: bytes looked at, the brackets then awaited, whether within a string.

    None where the outermost bracket is closed within it, or brackets do not match: such a
    place has to be found bracket by bracket. This is many times faster, for every loop over
    bytes is one of C.
    """
    end = len(content)
    while end and content[end - 1] == _BACKSLASH:  # may escape what comes next
        end -= 1
    plain = content[:end]
    if b"\\" in plain:
        plain = plain.replace(b"\\\\", b"").replace(b'\\"', b"")
    pieces = plain.split(b'"')
    brackets, before = b"".join(pieces[in_string::2]).translate(None, _NO_BRACKETS), b""
    while before != brackets:
        before, brackets = brackets, brackets.replace(b"{}", b"").replace(b"[]", b"")
    opened = brackets.lstrip(b"}]")
    closed = brackets[: len(brackets) - len(opened)]
    still = len(awaited) - len(closed)
    if still < 1 or closed[::-1] != awaited[still:] or opened.strip(b"{["):
        return None
    awaited = awaited[:still] + bytes(byte + _TO_CLOSING for byte in opened)
    return end, awaited, in_string != (len(pieces) % 2 == 0)


def _end(pattern: re.Pattern[bytes], buffer: bytes, position: int) -> int:
    """Where the match of a pattern that always matches ends."""
    found = pattern.match(buffer, position)
    return found.end() if found else position
