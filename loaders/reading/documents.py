"""A source of native records, readable from its start as often as needed.

Source: a file, a member of a zip archive (`archives`) or a stream (stdin, a named
        pipe), which is spooled to a temporary file without a name first. Content tells gzip,
        zstandard and UTF-16 or UTF-32 text (by its byte order mark); names do not matter.
Shape:  bytes; `open_stream` returns the decompressed content as UTF-8, `head` its first 64 KiB.
Units:  offsets and the checksum count bytes of that content.
Errors: DocumentError, one sentence naming the source, where it cannot be read as a whole;
        DocumentChangedError where it changes between two passes.
"""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import IO, BinaryIO, Self

from loaders.reading.streams import (
    CHUNK_BYTES,
    CODECS,
    Closable,
    Descriptor,
    DocumentChangedError,
    DocumentError,
    Pass,
    Readable,
    Utf8,
    Witness,
    gunzip,
)
from loaders.reading.zstandard_stream import MAGIC as ZSTANDARD_MAGIC
from loaders.reading.zstandard_stream import Unzstd

__all__ = [
    "BOM",
    "CHUNK_BYTES",
    "HEAD_BYTES",
    "Document",
    "DocumentChangedError",
    "DocumentError",
    "Readable",
    "shown",
]

HEAD_BYTES = 64 * 1024
MAX_SPOOLED_BYTES = 32 * 1024**3
UNPACKED: dict[bytes, Callable[[Closable, str], Closable]] = {
    b"\x1f\x8b": gunzip,
    ZSTANDARD_MAGIC: Unzstd,
}  # by the first bytes
PARQUET_MAGIC = b"PAR1"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
BOM = b"\xef\xbb\xbf"
_MAGIC_BYTES = 4


def shown(name: str) -> str:
    """Return a file's name as text that can be stored: bytes that are not UTF-8 as `\\xff`."""
    return name.encode(errors="surrogateescape").decode(errors="backslashreplace")


class Document:
    """One source, opened for reading several times with bounded memory.

    Every pass over it is hashed, and all must have seen the same bytes: `check` says so. Use
    it as a context manager: leaving it closes the file and removes what was spooled.
    """

    def __init__(
        self,
        name: str,
        opened: Callable[[], Closable],
        release: Callable[[], None] = lambda: None,
        descriptor: int | None = None,
        *,
        is_plain: bool = False,
    ) -> None:
        self.name = name
        self.place = name  # with all folders it stands in, where there are any
        self.descriptor = descriptor  # of the file, packed as it is; none within an archive
        self._opened = opened
        self._release = release
        self._witness = Witness(name)
        magic = b"" if is_plain else self._magic(opened)
        self.is_archive = magic.startswith(ZIP_MAGICS)
        self._unpack = next(
            (unpack for packed, unpack in UNPACKED.items() if magic.startswith(packed)), None
        )
        self.is_packed = self._unpack is not None
        if self._unpack is not None:
            magic = self._magic(partial(self._unpacked, opened))
        self.is_parquet = magic.startswith(PARQUET_MAGIC)
        self._encoding = next(
            (codec for mark, codec in CODECS.items() if magic.startswith(mark)), None
        )

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a file by the name people gave it; pipes and terminals are spooled."""
        name = shown(str(path))
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 (Path would drop the ./ of ./-)
            if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
                return cls._piped(path, name)
            # without O_NONBLOCK a pipe that replaced the file meanwhile would wait for ever
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError as error:
            raise DocumentError(f"{name}: cannot be read: {error.strerror}") from error
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                what = "Is a directory" if stat.S_ISDIR(mode) else "it is not a regular file"
                raise DocumentError(f"{name}: cannot be read: {what}")
            document = cls._of(descriptor, name, lambda: os.close(descriptor))
            document.place = shown(os.path.abspath(path))  # noqa: PTH100 (links stay links)
            return document
        except OSError as error:
            os.close(descriptor)
            raise DocumentError(f"{name}: cannot be read: {error.strerror}") from error
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def _piped(cls, path: str | Path, name: str) -> Self:
        with open(path, "rb") as stream:  # noqa: PTH123
            is_device = stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
            if is_device and not stream.isatty():
                raise DocumentError(f"{name}: cannot be read: it is a device, not a file")
            return cls.spool(stream, name)

    @classmethod
    def spool(
        cls, stream: Readable | BinaryIO | IO[bytes], name: str, *, is_plain: bool = False
    ) -> Self:
        """Keep a stream that can be read only once in a temporary file.

        `is_plain`: its content is UTF-8 as it is, whatever it begins with.
        """
        spooled = tempfile.TemporaryFile()  # noqa: SIM115 (ours to close; gone if we are killed)
        try:
            folder = tempfile.gettempdir()
            most = min(MAX_SPOOLED_BYTES, shutil.disk_usage(folder).free // 2)
            while block := stream.read(CHUNK_BYTES):
                if spooled.tell() + len(block) > most:
                    raise DocumentError(
                        f"{name} has more than the {most:,} bytes that a stream may take in "
                        f"{folder}; save it as a file and load that file"
                    )
                spooled.write(block)
            spooled.flush()
            return cls._of(spooled.fileno(), name, spooled.close, is_plain=is_plain)
        except BaseException:
            spooled.close()
            raise

    @classmethod
    def of_bytes(cls, content: bytes, name: str) -> Self:
        """Take bytes as they were delivered; they are never unpacked."""
        return cls(name, lambda: io.BytesIO(content), is_plain=True)

    @classmethod
    def _of(
        cls, descriptor: int, name: str, release: Callable[[], None], *, is_plain: bool = False
    ) -> Self:
        return cls(name, lambda: Descriptor(descriptor), release, descriptor, is_plain=is_plain)

    def _magic(self, opened: Callable[[], Closable]) -> bytes:
        with closing(opened()) as stream:
            try:
                return stream.read(_MAGIC_BYTES)
            except DocumentError:
                return b""  # whoever reads it will say so

    def _unpacked(self, opened: Callable[[], Closable]) -> Closable:
        stream = opened()
        return stream if self._unpack is None else self._unpack(stream, self.name)

    def open_stream(self) -> Pass:
        """Open the content from its start; the caller closes it.

        A pass may stop early: what it read is compared with the beginning of the others.
        """
        stream = self._unpacked(self._opened)
        if self._encoding is not None:
            stream = Utf8(stream, self._encoding)
        return Pass(stream, self._witness)

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, enough to tell what the source is."""
        content = b""
        with self.open_stream() as stream:
            while len(content) < HEAD_BYTES:
                block = stream.read(HEAD_BYTES - len(content))
                if not block:
                    break
                content += block
        return content[:HEAD_BYTES]

    @property
    def sha256(self) -> bytes:
        """The checksum (32 bytes) of the content: the same for x and x.gz.

        It is that of the first pass that reached the end; every other pass has to agree.
        """
        if self._witness.digest is None:
            with self.open_stream() as stream:
                while stream.read(CHUNK_BYTES):
                    pass
        assert self._witness.digest is not None
        return self._witness.digest

    def check(self) -> None:
        """Raise DocumentChangedError unless all passes so far saw the same bytes."""
        self._witness.check()

    def close(self) -> None:
        """Close the file; a spooled stream is gone then."""
        release, self._release = self._release, lambda: None
        release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
