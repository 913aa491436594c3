"""Bytes of a document, each pass over them hashed.

A document is read several times: to recognise its format, to compute its checksum, to parse
it, and for formats with headers once more ahead of the parser. A file can change in between.
Hashing every pass proves that all of them saw the same bytes.

Source: a file descriptor, a gzip file, a member of a zip archive, UTF-8 or UTF-16 text.
Shape:  `read(size)` returns at most `size` bytes, none at the end.
Units:  digests are SHA-256 over what the reader received.
Errors: DocumentError for damaged compression; DocumentChangedError where two passes differ.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import lzma
import os
import zipfile
import zlib
from types import TracebackType
from typing import IO, Protocol, Self, cast

CHUNK_BYTES = 256 * 1024
CODECS = {  # by byte order mark; the longer marks first, for one begins like another
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}


class DocumentError(Exception):
    """A whole source cannot be read: it is missing, damaged, or changes meanwhile."""


class DocumentChangedError(DocumentError):
    """Two passes over a document saw different bytes."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} changed while it was being read, so nothing of it landed; "
            "load it again when no program writes to it"
        )


class Readable(Protocol):
    """Anything that returns its bytes piece by piece."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


class Closable(Readable, Protocol):
    """The same, with something to release afterwards."""

    def close(self) -> None:
        """Release it."""
        ...


class Descriptor:
    """An open file read from its start, independent of other readers of the descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._place = 0

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; without a size all that is left."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK_BYTES), b""))
        block = os.pread(self._descriptor, size, self._place)
        self._place += len(block)
        return block

    def close(self) -> None:
        """Leave the descriptor to its owner."""


class Unpacked:
    """A decompressed stream; damage is a DocumentError, for nothing after it can be trusted."""

    def __init__(self, stream: Closable, name: str, kind: str) -> None:
        self._stream = stream
        self._name = name
        self._kind = kind

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` decompressed bytes."""
        try:
            return self._stream.read(size)
        except EOFError as error:
            raise DocumentError(f"{self._name}: the {self._kind} is truncated") from error
        except (zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise DocumentError(
                f"{self._name}: the {self._kind} is damaged: {error}"
            ) from error

    def close(self) -> None:
        """Close the stream that is decompressed."""
        self._stream.close()


def gunzip(packed: Closable, name: str) -> Unpacked:
    """Return the decompressed content of a gzip stream."""
    return Unpacked(_Gunzip(packed), name, "gzip file")


class _Gunzip(gzip.GzipFile):
    def __init__(self, packed: Closable) -> None:
        super().__init__(fileobj=cast(IO[bytes], packed), mode="rb")
        self._packed = packed

    def close(self) -> None:
        """Close the packed stream too."""
        super().close()
        self._packed.close()


class Utf8:
    """Text of another encoding as UTF-8, without its byte order mark.

    Half a surrogate pair becomes bytes that are not UTF-8: only its record is rejected.
    """

    def __init__(self, stream: Closable, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._is_first = True
        self._is_ended = False

    def read(self, size: int = -1, /) -> bytes:
        """Return a piece of about that size."""
        while not self._is_ended:
            block = self._stream.read(size)
            self._is_ended = not block or size < 0
            try:
                text = self._decoder.decode(block, final=self._is_ended)
            except UnicodeDecodeError:  # half a code unit, or a number that is no character
                self._decoder.reset()
                text = "\N{REPLACEMENT CHARACTER}"
            if self._is_first and text:
                text = text.removeprefix("\ufeff")
                self._is_first = False
            if text:
                return text.encode(errors="surrogatepass")
        return b""

    def close(self) -> None:
        """Close the stream that is decoded."""
        self._stream.close()


class Witness:
    """What the passes over one document saw."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.digest: bytes | None = None  # of the first pass that reached the end
        self.prefixes: dict[int, bytes] = {}  # digests of passes that stopped, by length
        self._has_changed = False

    def ended(self, digest: bytes, length: int, *, has_changed: bool) -> None:
        """Compare a pass that reached the end with the others."""
        if self.digest is None:
            self.digest = digest
        longest = max(self.prefixes, default=0)
        self._has_changed |= has_changed or self.digest != digest or longest > length
        self.check()

    def check(self) -> None:
        """Raise DocumentChangedError where two passes differ."""
        if self._has_changed:
            raise DocumentChangedError(self._name)


class Pass:
    """One reading of a document from its start. Use it as a context manager."""

    def __init__(self, stream: Closable, witness: Witness) -> None:
        self._stream = stream
        self._witness = witness
        self._seen = hashlib.sha256()
        self._length = 0
        self._is_ended = False
        self._has_changed = False

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; DocumentChangedError at the end where passes differ."""
        block = self._stream.read(size)
        if self._witness.prefixes:
            self._compare(block)
        self._seen.update(block)
        self._length += len(block)
        if (not block and size != 0) or size < 0:
            self._end()
        return block

    def _compare(self, block: bytes) -> None:
        """Compare the beginning with what passes saw that stopped within this block."""
        for length, digest in self._witness.prefixes.items():
            if self._length < length <= self._length + len(block):
                seen = self._seen.copy()
                seen.update(memoryview(block)[: length - self._length])
                self._has_changed |= seen.digest() != digest

    def _end(self) -> None:
        if not self._is_ended:
            self._is_ended = True
            self._witness.ended(
                self._seen.digest(), self._length, has_changed=self._has_changed
            )

    def close(self) -> None:
        """Release the stream without looking at what was not read."""
        self._is_ended = True
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self._is_ended:
                self._stop()
        finally:
            self.close()

    def _stop(self) -> None:
        """End early: what was read has to be the beginning of what others read."""
        if self._witness.digest is None:
            self._witness.prefixes[self._length] = self._seen.digest()
            return
        while not self._is_ended:
            self.read(CHUNK_BYTES)
