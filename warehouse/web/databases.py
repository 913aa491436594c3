"""Sessions of a server: the marts as the analyst who only reads, `raw` as the owner.

Source: the database that `Settings.database` finds, looked for again where it does not answer.
Shape:  context managers with a session that only reads; each statement is a transaction.
Units:  seconds.
Errors: ProblemError 503 where the database does not answer, or all sessions are in use.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg_pool import ConnectionPool, PoolTimeout

from warehouse import database, queries
from warehouse.connection import Target
from warehouse.errors import WarehouseError
from warehouse.web.problems import BUSY, UNREACHABLE, ProblemError

STATEMENT_SECONDS = 5
SESSIONS = 6  # of the analyst, whose role may have 20; questions of people need some, too
WAIT_SECONDS = 2.0  # for a session
PAUSE_SECONDS = 1.0  # after a failure, in which nobody waits again
GIVE_UP_SECONDS = 1.0  # after which a pool tries again only when it is asked
PREPARED_AFTER = 2  # planning a mart takes longer than reading a page of it

Pool = ConnectionPool[psycopg.Connection]

_logger = logging.getLogger(__name__)
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it names hosts, once a second


@dataclass(frozen=True)
class _Pools:
    analyst: Pool
    owner: Pool


class Database:
    """The database of a server, which may be away for some time."""

    def __init__(self, find: Callable[[], Target]) -> None:
        self._find = find
        self._pools: _Pools | None = None
        self._lock = threading.Lock()
        self._lent_count: Counter[Pool] = Counter()  # a pool counts those that it opens, too
        self._away_until = 0.0
        self._is_away = False

    def open(self) -> None:
        """Find the database, prepare it and keep sessions to it; nothing where that is done.

        Errors: WarehouseError where it cannot be used.
        """
        with self._lock:
            if self._pools is None:
                target = self._find()
                with target.connect(autocommit=True) as session:
                    database.prepare(session)
                self._pools = _Pools(_analyst(target), _owner(target))

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            pools, self._pools = self._pools, None
        for pool in (pools.analyst, pools.owner) if pools else ():
            pool.close()

    @contextmanager
    def analyst(self) -> Iterator[psycopg.Connection]:
        """Lend a session that reads the marts."""
        with self._lent(self._opened().analyst) as session:
            yield session

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection]:
        """Lend a session that reads everything."""
        with self._lent(self._opened().owner) as session:
            yield session

    def _opened(self) -> _Pools:
        if time.monotonic() < self._away_until:
            raise ProblemError(503, UNREACHABLE, {"Retry-After": "1"})
        if self._pools is None:
            try:
                self.open()
            except WarehouseError as error:
                raise self._away(error.message) from None
        pools = self._pools
        if pools is None:  # closed meanwhile
            raise ProblemError(503, UNREACHABLE)
        return pools

    @contextmanager
    def _lent(self, pool: Pool) -> Iterator[psycopg.Connection]:
        try:
            session = pool.getconn(timeout=WAIT_SECONDS)
        except PoolTimeout:
            if self._lent_count[pool] >= pool.max_size:
                raise ProblemError(503, BUSY, {"Retry-After": "1"}) from None
            raise self._away("it refuses connections") from None
        if self._is_away:
            self._is_away = False
            _logger.warning("The database answers again.")
        with self._lock:
            self._lent_count[pool] += 1
        try:
            yield session
        finally:
            with self._lock:
                self._lent_count[pool] -= 1
            pool.putconn(session)

    def _away(self, reason: str) -> ProblemError:
        """Note that the database does not answer, so that nobody waits for it soon."""
        self._away_until = time.monotonic() + PAUSE_SECONDS
        if not self._is_away:
            self._is_away = True
            _logger.warning("The database does not answer (%s); requests get 503.", reason)
        return ProblemError(503, UNREACHABLE, {"Retry-After": "1"})


def _analyst(target: Target) -> Pool:
    login = target.analyst()

    def configure(session: psycopg.Connection) -> None:
        queries.become_analyst(session, target)
        path = sql.Identifier(f"{target.prefix}{database.MARTS}")
        session.execute(sql.SQL("set search_path to {}").format(path))
        _restrain(session)

    return _pool(login, configure, SESSIONS, cursor_factory=psycopg.Cursor)


def _owner(target: Target) -> Pool:
    return _pool(target, _restrain, 1)


def _restrain(session: psycopg.Connection) -> None:
    """Let a session read for a short time; parallel workers belong to runs and questions.

    To compile a statement, where a server can, takes longer than these take.
    """
    for name, value in (
        ("default_transaction_read_only", "on"),
        ("statement_timeout", f"{STATEMENT_SECONDS}s"),
        ("idle_session_timeout", "0"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
    ):
        session.execute(sql.SQL("set {} = {}").format(sql.Identifier(name), value))
    session.prepare_threshold = PREPARED_AFTER


def _pool(
    target: Target, configure: Callable[[psycopg.Connection], None], most: int, **options: type
) -> Pool:
    return ConnectionPool(
        kwargs=target.arguments(autocommit=True, **options),
        configure=configure,
        check=ConnectionPool.check_connection,
        min_size=0,
        max_size=most,
        open=True,
        timeout=WAIT_SECONDS,
        reconnect_timeout=GIVE_UP_SECONDS,
        num_workers=1,
    )
