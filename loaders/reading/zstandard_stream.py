"""Decompression of zstandard, of the extra `zstd`.

Source: a stream of frames (RFC 8878), one after the other; skippable frames between them.
Shape:  `read(size)` returns at most `size` decompressed bytes, none at the end.
Units:  memory holds a window, at most 128 MiB, and what STEP packed bytes become.
Errors: DocumentError where the extra is missing, and for a damaged or truncated stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loaders.reading.streams import CHUNK_BYTES, Closable, DocumentError

if TYPE_CHECKING:
    import zstandard

MAGIC = b"\x28\xb5\x2f\xfd"
STEP = 1024  # a block of 128 KiB may be packed to four bytes


class Unzstd:
    """The decompressed content of a stream."""

    def __init__(self, packed: Closable, name: str) -> None:
        try:
            import zstandard  # noqa: PLC0415 (an extra)
        except ImportError:
            packed.close()
            raise DocumentError(
                f"{name} is packed with zstandard: install what reads it with "
                "`.venv/bin/pip install -e '.[zstd]'`, or unpack it first"
            ) from None
        self._packed, self._name = packed, name
        self._damage = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor()
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._waiting = b""  # packed
        self._content = b""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; without a size all that is left."""
        if size < 0:
            return b"".join(iter(lambda: self.read(CHUNK_BYTES), b""))
        while not self._content and self._advance():
            pass
        found, self._content = self._content[:size], self._content[size:]
        return found

    def _advance(self) -> bool:
        """Decompress some more; return whether there was something."""
        step = self._waiting or self._packed.read(CHUNK_BYTES)
        if not step:
            if self._frame is not None:
                raise DocumentError(f"{self._name}: the zstandard file is truncated")
            return False
        step, self._waiting = step[:STEP], step[STEP:]
        if self._frame is None:
            self._frame = self._decompressor.decompressobj()
        try:
            self._content = self._frame.decompress(step)
        except self._damage as error:
            raise DocumentError(
                f"{self._name}: the zstandard file is damaged: {error}"
            ) from error
        if self._frame.eof:
            self._waiting = self._frame.unused_data + self._waiting
            self._frame = None
        return True

    def close(self) -> None:
        """Close the packed stream."""
        self._packed.close()
