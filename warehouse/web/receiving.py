"""What `warehouse serve` receives: tracked interactions and webhooks, in one spool.

Source: HTTP requests; the state folder with the spool and `webhooks.toml`.
Shape:  `Receiving.router` has the routes; `Receiving.running` opens the spool and lands it.
Units:  figures in bytes and records.
Errors: WarehouseError where the spool or the secrets cannot be used.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from fastapi import APIRouter, Request
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from warehouse.events import Emit
from warehouse.spool import Lander, Spool
from warehouse.web import tracking, webhooks
from warehouse.web.access import Access, Tracker
from warehouse.web.settings import Settings
from warehouse.web.shared_secrets import SharedSecrets
from warehouse.web.standing import Watch

# after which a request gets its turn while a thread lands: Python's own 5 ms add up
SWITCH_SECONDS = 0.0005


class Receiving(Collector):
    """The receiving side of one server, which holds its spool from the beginning."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        access: Access,
        watch: Watch,
        emit: Emit | None,
    ) -> None:
        self._counts: Counter[str] = Counter()
        secrets = SharedSecrets(settings.home)
        self._spool = Spool(folder, settings.limits)

        def connect() -> psycopg.Connection:
            return settings.database().connect(autocommit=True)

        def workspaces() -> Sequence[str]:
            return watch.look().workspaces

        async def authorise(request: Request) -> Tracker:
            return await access.tracker(request, workspaces)

        self._lander = Lander(self._spool, connect, emit)
        self.router = APIRouter()
        self.router.include_router(
            tracking.router(self._spool, authorise, access.take, secrets.users, self._counts)
        )
        self.router.include_router(webhooks.router(self._spool, secrets, self._counts))
        self._spool.claim()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the spool open and land it; at the end, land what is left if that can be."""
        sys.setswitchinterval(SWITCH_SECONDS)
        async with self._spool:
            landing = asyncio.create_task(self._lander.run())
            try:
                yield
            finally:
                landing.cancel()
                await asyncio.gather(landing, return_exceptions=True)
                await self._lander.finish()

    def describe(self) -> list[Metric]:
        """Return nothing, so that registering asks for nothing."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield what was received and what waits, for Prometheus."""
        received = CounterMetricFamily(
            "warehouse_received",
            "Tracked interactions and webhooks, by what they came to.",
            labels=["outcome"],
        )
        for outcome, count in sorted(self._counts.items()):
            received.add_metric([outcome], count)
        yield received
        yield GaugeMetricFamily(
            "warehouse_spool_bytes", "Bytes that wait to be landed.", self._spool.size
        )
        landed = self._lander.landed_count
        yield CounterMetricFamily("warehouse_landed", "Received records that landed.", landed)
        suppressed = self._lander.suppressed_count
        yield CounterMetricFamily(
            "warehouse_suppressed", "Received records of who opted out.", suppressed
        )
