"""The durable spool: what an HTTP request delivered is on disk before it is answered.

Tracking and webhooks must go on while the database is down, and an answered event must
survive a crash. So requests append to files, and `warehouse.spool.landing` loads these.

Source: records of requests, from any number of tasks of one event loop.
Shape:  `<folder>/<number>.segment` (see `segments`), oldest first, and `<folder>/lock`.
Units:  bytes and seconds; see `Limits`.
Errors: WarehouseError where the folder cannot be used or another process holds it;
        SpoolError, a sentence for the client, where a record cannot be made durable. Then no
        byte of it stays.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import re
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from warehouse import state
from warehouse.errors import BUSY, WarehouseError
from warehouse.spool import segments
from warehouse.spool.segments import Record

_NAME = re.compile(r"([0-9]{12})\.segment")
_MODE = 0o600
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How large the spool and a segment may become, and how long a segment stays open.

    A segment is closed after `segment_seconds` only if no other waits to be landed: so while
    the database is down there are few large ones.
    """

    total_bytes: int = 1024**3
    segment_bytes: int = 8 * 1024**2
    segment_seconds: float = 1.0


class SpoolError(Exception):
    """A record was refused, whole: its message is a sentence for the client."""


class FullError(SpoolError):
    """The spool has as many bytes as it may have."""


@dataclass
class _Segment:
    """The segment that is being written."""

    path: Path
    descriptor: int
    head: bytes
    size: int  # durable bytes
    begun: float = 0.0  # when its first record came, by the loop's clock


class Spool:
    """The spool of one process; `async with` opens and closes it."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._closed: deque[tuple[Path, int]] = deque()  # each with its bytes
        self._open: _Segment | None = None
        self._bytes = 0  # of all segments and of what waits to be written
        self._last = 0  # number of the newest segment
        self._lock: int | None = None

    def claim(self) -> None:
        """Hold the folder, so that no other process uses it."""
        if self._lock is None:
            self._lock = _locked(self.folder)

    async def __aenter__(self) -> Self:
        self.claim()
        self._take_over()
        self._thread = ThreadPoolExecutor(1, "spool")
        self._arrived = asyncio.Event()
        self._changed = asyncio.Event()
        self._writer = asyncio.create_task(self._write_for_ever())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        await self._write_what_waits()
        await self.rotate()
        self._thread.shutdown()
        assert self._lock is not None
        os.close(self._lock)
        self._lock = None

    @property
    def size(self) -> int:
        """Bytes that are kept or wait to be written."""
        return self._bytes

    @property
    def closed_count(self) -> int:
        """How many closed segments wait to be landed."""
        return len(self._closed)

    async def append(self, record: Record) -> None:
        """Return when the record is durable.

        Records that come while the disk is busy share its next turn.
        Errors: SpoolError; nothing of the record is kept then.
        """
        content = segments.payload(record)
        length = segments.FRAME_BYTES + len(content)
        if self._bytes + segments.HEADER_BYTES + length > self.limits.total_bytes:
            raise FullError(
                "The warehouse cannot take more until its database has taken what waits; "
                "send this again later."
            )
        self._bytes += length
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((content, done))
        self._arrived.set()
        await done

    async def next_segment(self) -> Path:
        """Wait for the oldest segment to which nothing will be added; `release` removes it."""
        while not self._closed:
            self._changed.clear()
            left = None
            if (segment := self._open) is not None:
                age = asyncio.get_running_loop().time() - segment.begun
                left = self.limits.segment_seconds - age
            if left is not None and left <= 0:
                await self.rotate()
                continue
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                continue
        return self._closed[0][0]

    async def rotate(self) -> None:
        """Close the segment that is being written, if there is one."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close_segment)
        self._changed.set()

    def release(self, path: Path) -> None:
        """Remove the oldest segment: what it holds is in the database."""
        assert path == self._closed[0][0]
        path.unlink(missing_ok=True)
        _, size = self._closed.popleft()
        self._bytes -= size

    def set_aside(self, path: Path) -> None:
        """Keep the oldest segment for the next start; it counts as kept until then."""
        assert path == self._closed[0][0]
        self._closed.popleft()

    def _take_over(self) -> None:
        """Adopt the segments that an earlier process left."""
        for path in sorted(self.folder.iterdir()):
            if (found := _NAME.fullmatch(path.name)) is not None:
                size = path.stat().st_size
                self._closed.append((path, size))
                self._bytes += size
                self._last = int(found[1])

    async def _write_for_ever(self) -> None:
        while True:
            await self._arrived.wait()
            await self._write_what_waits()

    async def _write_what_waits(self) -> None:
        self._arrived.clear()
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        loop = asyncio.get_running_loop()
        contents = [content for content, _ in waiting]
        work = loop.run_in_executor(self._thread, self._commit, contents, loop.time())
        try:
            await asyncio.wait([work])
        finally:  # also where this is cancelled: the answers have to be right
            while not work.done():
                await asyncio.wait([work])
            self._answer(waiting, self._problem(work, contents))
            self._changed.set()

    def _problem(
        self, work: asyncio.Future[int], contents: Sequence[bytes]
    ) -> SpoolError | None:
        """Return what clients are told of a commit; where it failed, their bytes are free."""
        error = work.exception()
        if error is None:
            self._bytes += work.result()
            return None
        self._bytes -= sum(segments.FRAME_BYTES + len(content) for content in contents)
        _logger.error("The spool in %s cannot be written: %s", self.folder, error)
        return SpoolError(
            "The warehouse cannot write to its disk now and took nothing of this; "
            "send it again later."
        )

    @staticmethod
    def _answer(
        waiting: Sequence[tuple[bytes, asyncio.Future[None]]], problem: SpoolError | None
    ) -> None:
        for _, done in waiting:
            if done.done():  # the client has gone
                continue
            if problem is None:
                done.set_result(None)
            else:
                done.set_exception(problem)

    # What follows runs in the thread, one call at a time.

    def _commit(self, contents: Sequence[bytes], now: float) -> int:
        """Write records and wait for the disk; return how many bytes a new segment added.

        Where it fails, the segment has what it had, and nothing more goes there: after a
        failed sync nobody knows what the disk has.
        """
        added = 0
        if self._open is None:
            self._open = self._new_segment(now)
            added = segments.HEADER_BYTES
        segment = self._open
        frames = b"".join(segments.frame(segment.head, content) for content in contents)
        try:
            _write(segment.descriptor, frames)
            os.fdatasync(segment.descriptor)
        except OSError:
            self._cut(segment)
            self._close_segment()
            raise
        segment.size += len(frames)
        if segment.size >= self.limits.segment_bytes:
            self._close_segment()
        return added

    def _new_segment(self, now: float) -> _Segment:
        path = self.folder / f"{self._last + 1:012d}.segment"
        head = segments.header()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_APPEND
        descriptor = os.open(path, flags, _MODE)
        try:
            state.give(descriptor, self.folder)
            _write(descriptor, head)
            _sync_folder(self.folder)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        self._last += 1
        return _Segment(path, descriptor, head, len(head), now)

    def _cut(self, segment: _Segment) -> None:
        """Take back what was written and is not durable."""
        try:
            os.ftruncate(segment.descriptor, segment.size)
            os.fsync(segment.descriptor)
        except OSError as error:
            _logger.error("%s cannot be cut: %s", segment.path, error.strerror)

    def _close_segment(self) -> None:
        segment, self._open = self._open, None
        if segment is None:
            return
        os.close(segment.descriptor)
        if segment.size > segments.HEADER_BYTES:
            self._closed.append((segment.path, segment.size))
        else:  # its first records were refused
            segment.path.unlink(missing_ok=True)


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it; the system may take less at a time."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _give_folder(folder: Path) -> None:
    """Let the owner of the state folder use the spool, too, where root made it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        state.give(descriptor, folder.parent)
    finally:
        os.close(descriptor)


def _locked(folder: Path) -> int:
    """Make the folder and hold its lock, which the system releases when the process ends."""
    try:
        if not folder.exists():
            folder.mkdir(mode=0o700)
            _sync_folder(folder.parent)
            _give_folder(folder)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, _MODE)
        state.give(descriptor, folder.parent)
    except OSError as error:
        raise WarehouseError(
            f"The spool {folder} cannot be used ({error.strerror}); correct that, for without "
            "it no event can be taken."
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise WarehouseError(
            f"Another process serves from {folder.parent}; end it, or set WAREHOUSE_HOME to "
            "another folder.",
            BUSY,
        ) from None
    return descriptor
