"""The documents of a zip archive, read where they are.

Nothing is unpacked to disk, so a member's path is only a name and can harm no file.

Source: a zip archive, as platforms deliver downloads; a zip within it, one level deep.
Shape:  one document per file, in the order of a walk through the unpacked folder, called
        `archive.zip/path/in/zip.csv`; an `Unreadable` for each that cannot be read.
Units:  sizes in bytes. An archive has at most MAX_MEMBERS files, and together they expand to at
        most MAX_RATIO times its size; archives that expand to little are exempt.
Errors: DocumentError where the archive as a whole cannot be read.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import BinaryIO, NamedTuple, cast

from loaders.reading.documents import Document, DocumentError, shown
from loaders.reading.streams import Closable, Unpacked
from loaders.reading.workbook import is_workbook

MAX_MEMBERS = 200_000
MAX_RATIO = 250  # text is packed to a tenth; what expands by more is made to do harm
MAX_HARMLESS_BYTES = 256 * 1024**2  # to which any archive may expand
MAX_MEMBER_BYTES = 64 * 1024**3

_END = b"PK\x05\x06"
_END_BYTES = 22
_MAX_COMMENT = 64 * 1024
_LOCATOR_BYTES = 20
_MANY = 0xFFFF  # the number stands in a record of zip64
_ENCRYPTED = 0x1
_UTF8 = 0x800
_METADATA = "__MACOSX"


class Unreadable(NamedTuple):
    """A member that cannot be read, and a phrase that says why."""

    name: str
    problem: str


def members(
    archive: Document,
    is_wanted: Callable[[str], bool] = lambda _: True,
    *,
    is_nested: bool = False,
) -> Generator[Document | Unreadable, None, None]:
    """Yield the documents of an archive one by one, each closed when the next is asked for.

    Of members that are not wanted, none is opened and none is yielded.
    """
    assert archive.descriptor is not None
    size = os.fstat(archive.descriptor).st_size
    with os.fdopen(os.dup(archive.descriptor), "rb") as file:
        _check_count(file, size, archive.name)
        try:
            unzipped = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
            raise DocumentError(
                f"{archive.name}: the zip archive is damaged or not complete: {error}"
            ) from error
        infos = sorted(
            (info for info in unzipped.infolist() if _is_file(info)),
            key=lambda info: _path(info).split("/"),
        )
        expanded = sum(info.file_size for info in infos)
        if expanded > max(MAX_HARMLESS_BYTES, size * MAX_RATIO):
            raise DocumentError(
                f"{archive.name}: the zip archive of {size:,} bytes would expand to "
                f"{expanded:,}, more than {MAX_RATIO} times its size; unpack it and load the "
                "folder if you trust it"
            )
        for info in infos:
            path = shown(_path(info))
            name = f"{archive.name}/{path}"
            if is_wanted(name):
                place = f"{archive.place}/{path}"
                yield from _member(unzipped, info, name, place, is_nested=is_nested)


def _check_count(file: BinaryIO, size: int, name: str) -> None:
    """Refuse too many members before their directory is read into memory."""
    file.seek(max(0, size - _END_BYTES - _MAX_COMMENT))
    tail = file.read()
    place = tail.rfind(_END)
    end = tail[place : place + _END_BYTES]
    if place < 0 or len(end) < _END_BYTES:
        raise DocumentError(f"{name}: the zip archive is not complete: its end is missing")
    (count,) = struct.unpack_from("<H", end, 10)
    locator = tail[max(0, place - _LOCATOR_BYTES) : place]
    if count == _MANY and locator.startswith(b"PK\x06\x07"):
        (offset,) = struct.unpack_from("<Q", locator, 8)
        if offset < size:
            file.seek(offset)
            record = file.read(56)
            if len(record) == 56:
                (count,) = struct.unpack_from("<Q", record, 32)
    if count > MAX_MEMBERS:
        raise DocumentError(
            f"{name}: the zip archive has {count:,} files, more than {MAX_MEMBERS:,}; unpack "
            "it and load the folder"
        )


def _is_file(info: zipfile.ZipInfo) -> bool:
    parts = _path(info).split("/")
    return not (
        info.is_dir()
        or parts[0] == _METADATA
        or any(part.startswith(".") and part.strip(".") for part in parts)
    )


def _path(info: zipfile.ZipInfo) -> str:
    """Return the member's path; programs that set no flag may have written UTF-8."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode()
        except UnicodeError:
            name = info.filename
    return name if "/" in name else name.replace("\\", "/")


def _member(
    unzipped: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, place: str, *, is_nested: bool
) -> Iterator[Document | Unreadable]:
    if info.flag_bits & _ENCRYPTED:
        yield Unreadable(name, "is encrypted; unpack the archive with its password first")
        return
    if info.file_size > MAX_MEMBER_BYTES:
        yield Unreadable(name, f"has more than {MAX_MEMBER_BYTES:,} bytes; unpack the archive")
        return
    try:
        with Document(name, partial(_opened, unzipped, info, name)) as document:
            document.place = place
            if not document.is_archive:
                yield document
            elif is_nested:
                yield Unreadable(name, "is a zip within a zip within a zip; unpack it first")
            else:
                with document.open_stream() as stream, Document.spool(stream, name) as inner:
                    inner.place = place
                    if is_workbook(inner):
                        yield inner
                    else:
                        yield from members(inner, is_nested=True)
    except DocumentError as error:
        yield Unreadable(name, str(error).removeprefix(name).lstrip(": "))


def _opened(unzipped: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Closable:
    try:
        return Unpacked(cast(Closable, unzipped.open(info)), name, "member of the zip archive")
    except NotImplementedError as error:
        raise DocumentError(f"{name}: cannot be read: {error}") from error
    except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, struct.error) as error:
        raise DocumentError(
            f"{name}: the member of the zip archive is damaged: {error}"
        ) from error
