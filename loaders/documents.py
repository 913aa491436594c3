"""A source of native records, readable from its start as often as needed.

Source: a file, a gzip file (told by its first bytes, not by its name) or a stream (stdin,
        a named pipe), which is spooled to a temporary file without a name first.
Shape:  bytes; `open_stream` gives the decompressed content, `head` its first 64 KiB.
Units:  offsets and the checksum count decompressed bytes.
Errors: DocumentError, one sentence naming the source, where it cannot be read as a whole.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zlib
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Protocol, Self, cast

HEAD_BYTES = 64 * 1024
CHUNK_BYTES = 256 * 1024
GZIP_MAGIC = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"


class DocumentError(Exception):
    """A whole source cannot be read: it is missing, or its compression is broken."""


class Readable(Protocol):
    """Whatever gives its bytes piece by piece."""

    def read(self, size: int = ..., /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


class Document:
    """One source, opened for reading several times with bounded memory.

    Use it as a context manager: leaving it removes the temporary file of a spooled stream.
    """

    def __init__(self, path: Path | None, name: str, spooled: IO[bytes] | None = None) -> None:
        self.name = name
        self._path = path
        self._spooled = spooled
        with self._opened() as stream:
            self._compressed = stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a file by the name people gave it; anything but a plain file is spooled."""
        try:
            mode = Path(path).stat().st_mode
            if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
                return cls(Path(path), str(path))
            with Path(path).open("rb") as stream:
                return cls.spool(stream, str(path))
        except OSError as error:
            raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error

    @classmethod
    def spool(cls, stream: BinaryIO | IO[bytes], name: str) -> Self:
        """Keep a stream that can be read once only in a temporary file."""
        spooled = tempfile.TemporaryFile()  # noqa: SIM115 (ours to close; gone if we are killed)
        try:
            shutil.copyfileobj(stream, spooled, CHUNK_BYTES)
            spooled.flush()
            return cls(None, name, spooled)
        except BaseException:
            spooled.close()
            raise

    def open_stream(self) -> BinaryIO:
        """Open the decompressed content from its start; the caller closes it."""
        if self._compressed:
            return cast(BinaryIO, _Gunzip(self._opened(), self.name))
        return self._opened()

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, enough to tell what the source is."""
        with self.open_stream() as stream:
            return stream.read(HEAD_BYTES)

    @cached_property
    def sha256(self) -> bytes:
        """The checksum (32 bytes) of the decompressed content: the same for x and x.gz."""
        digest = hashlib.sha256()
        with self.open_stream() as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
        return digest.digest()

    def close(self) -> None:
        """Remove the temporary file, where there is one."""
        if self._spooled is not None:
            self._spooled.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _opened(self) -> BinaryIO:
        if self._spooled is not None:
            return cast(BinaryIO, io.BufferedReader(_Spooled(self._spooled.fileno())))
        assert self._path is not None
        try:
            return self._path.open("rb")
        except OSError as error:
            raise DocumentError(f"{self.name}: cannot be read: {error.strerror}") from error


class _Spooled(io.RawIOBase):
    """A spooled stream from its start, whoever else is reading it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._place = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer; 0 at the end."""
        block = os.pread(self._descriptor, len(buffer), self._place)
        self._place += len(block)
        buffer[: len(block)] = block
        return len(block)


class _Gunzip(gzip.GzipFile):
    """Decompresses; damage is a DocumentError, for nothing after it can be trusted."""

    def __init__(self, packed: BinaryIO, name: str) -> None:
        super().__init__(fileobj=packed, mode="rb")
        self._packed = packed
        self._source = name

    def close(self) -> None:
        """Close the packed content too."""
        super().close()
        self._packed.close()

    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except EOFError as error:
            raise DocumentError(f"{self._source}: the gzip file is truncated") from error
        except (zlib.error, gzip.BadGzipFile) as error:
            raise DocumentError(f"{self._source}: the gzip file is damaged: {error}") from error
