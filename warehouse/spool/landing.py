"""Landing of the spool: its segments become loads, each once, and are then removed.

Source: closed segments of a `Spool`, oldest first.
Shape:  the loads of one segment are one transaction. It is committed before the segment is
        removed, so a crash in between lands the same bytes again, which adds nothing.
Units:  seconds between attempts.
Errors: while the database cannot be used, the oldest segment is tried again and again. A
        document that cannot be landed for another reason is a defect: the rest of its segment
        lands, and the segment is kept until the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import psycopg

from loaders.landing import Load, Source, land
from loaders.parsing.formats import Context, Format, JsonArray
from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Reason, RecordError
from loaders.registry import modules
from warehouse import database, suppressed
from warehouse.errors import WarehouseError
from warehouse.events import Emit, of_landed
from warehouse.spool import segments
from warehouse.spool.journal import Spool
from warehouse.spool.segments import Delivery, Record

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_DEFECTS = (psycopg.DataError, psycopg.IntegrityError, psycopg.NotSupportedError)
_ENVIRONMENT = (psycopg.Error, WarehouseError, OSError)

_logger = logging.getLogger(__name__)

Connect = Callable[[], psycopg.Connection]


class Landed(NamedTuple):
    """A document of a segment, and the load that it became."""

    delivery: Delivery
    load: Load


def land_records(
    session: psycopg.Connection, records: Iterable[Record], name: str
) -> list[Landed]:
    """Land the records of one segment in one transaction."""
    found = list(segments.deliveries(records))
    with session.transaction():
        return [Landed(each, _land(session, each, name)) for each in found]


def land_one_by_one(
    session: psycopg.Connection, records: Iterable[Record], name: str
) -> tuple[list[Landed], int]:
    """Land each document in a transaction; return what landed and how many could not."""
    found = list(segments.deliveries(records))
    landed = []
    for delivery in found:
        try:
            landed.append(Landed(delivery, _land(session, delivery, name)))
        except Exception as error:
            if not _is_defect(error):
                raise
            _logger.error(  # no traceback: the database's own words quote what people wrote
                "A document of %s for %s (%s) cannot be landed (%s); this is a fault of the "
                "warehouse. It is kept, and tried again at the next start.",
                name,
                delivery.workspace,
                delivery.platform,
                type(error).__name__,
            )
    return landed, len(found) - len(landed)


def _name(segment: Path) -> str:
    return f"spool/{segment.name}"


def _is_defect(error: Exception) -> bool:
    """Whether no second try mends an error."""
    return isinstance(error, _DEFECTS) or not isinstance(error, _ENVIRONMENT)


def _land(session: psycopg.Connection, delivery: Delivery, name: str) -> Load:
    with Document.of_bytes(delivery.content, name) as document:
        fmt = _format(delivery.platform, delivery.format)
        if delivery.content.strip() and next(outcomes(document, fmt, Context()), None) is None:
            fmt = _of_unknown_shape(fmt)
        return land(
            session,
            document,
            fmt,
            Source(workspace=delivery.workspace, platform=delivery.platform),
            Context(),
            suppression=partial(suppressed.accounts, session),
        )


def _format(platform: str, name: str) -> Format:
    return {fmt.name: fmt for fmt in modules()[platform].FORMATS}[name]


def _of_unknown_shape(fmt: Format) -> Format:
    """Return a format that rejects a body in which the other one finds no record."""

    def refuse(_: bytes, __: Context) -> tuple[()]:
        raise RecordError(Reason.UNSUPPORTED_RECORD, f"it is none of {fmt.expects}")

    return msgspec.structs.replace(
        fmt, container=JsonArray(), parse=refuse, header=None, gather=None, expand=None
    )


class Lander:
    """The task that lands what the spool holds, in a thread, with one connection."""

    def __init__(self, spool: Spool, connect: Connect, emit: Emit | None = None) -> None:
        self._spool = spool
        self._connect = connect
        self._emit = emit
        self._session: psycopg.Connection | None = None
        self._thread = ThreadPoolExecutor(1, "landing")
        self.problem: str | None = None  # why nothing lands now, for people
        self.landed_count = 0  # records of all loads
        self.suppressed_count = 0

    async def run(self) -> None:
        """Land segments until cancelled."""
        pause = FIRST_PAUSE
        while True:
            path = await self._spool.next_segment()
            if await self._land(path):
                pause = FIRST_PAUSE
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def finish(self) -> None:
        """Land what there is now, as far as the database takes it, and disconnect."""
        await self._spool.rotate()
        while self._spool.closed_count and await self._land(await self._spool.next_segment()):
            pass
        if self._session is not None:
            self._session.close()
        self._thread.shutdown()

    async def _land(self, path: Path) -> bool:
        """Land the oldest segment; return whether the next one may follow."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._try, path)
        try:
            await asyncio.wait([work])
        finally:  # also where this is cancelled: the thread goes on
            while not work.done():
                await asyncio.wait([work])
            result = work.result()
            if result is not None:
                self._settle(path, *result)
        return result is not None

    def _settle(self, path: Path, landed: Iterable[Landed], failed: int) -> None:
        for delivery, load in landed:
            if load.is_new:
                self.landed_count += load.n_landed
                self.suppressed_count += load.n_suppressed
            if self._emit is not None:
                name = _name(path)
                self._emit(of_landed(load, name, delivery.platform, delivery.format))
        self.problem = None
        if failed:
            _logger.error("%s is kept until the next start: %d documents failed", path, failed)
            self._spool.set_aside(path)
        else:
            self._spool.release(path)

    def _try(self, path: Path) -> tuple[list[Landed], int] | None:
        """Land one segment; None where the database or the disk cannot be used now."""
        try:
            found = segments.read(path.read_bytes())
            if found.damaged_bytes:
                _logger.error("%s lost %d bytes on the disk", path, found.damaged_bytes)
            if not found.records:
                return [], 0
            if self._session is None or self._session.closed:
                self._session = self._connect()
                database.prepare(self._session)
            name = _name(path)
            try:
                return land_records(self._session, found.records, name), 0
            except Exception as error:
                if not _is_defect(error):
                    raise
            return land_one_by_one(self._session, found.records, name)
        except FileNotFoundError:
            _logger.error("%s is gone: somebody removed it", path)
            return [], 0
        except Exception as error:
            if self.problem is None:
                _logger.warning("The spool waits: %s", error)
            self.problem = str(error)
            if self._session is not None:
                with suppress(psycopg.Error):
                    self._session.close()
            return None
