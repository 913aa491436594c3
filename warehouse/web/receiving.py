"""What `warehouse serve` receives: tracked interactions and webhooks, in one spool.

Source: HTTP requests; the state folder with the spool and `webhooks.toml`.
Shape:  `Receiving.router` has the routes; `Receiving.running` opens the spool and lands it.
Units:  see `warehouse.spool` and `warehouse.web.rates`.
Errors: WarehouseError where the spool or the secrets cannot be used.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter

from warehouse.spool import Lander, Limits, Spool
from warehouse.spool.landing import Connect
from warehouse.web import tracking, webhooks
from warehouse.web.rates import RateLimit
from warehouse.web.shared_secrets import SharedSecrets

SPOOL = "spool"
RATE, BURST = 10_000.0, 50_000.0  # interactions a second of one token, and at once


class Receiving:
    """The receiving side of one server; `counts` says what came of all it received."""

    def __init__(
        self,
        home: Path,
        connect: Connect,
        authorise: tracking.Authorise,
        *,
        limits: Limits | None = None,
        rate: RateLimit | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.spool = Spool(home / SPOOL, limits)
        self.lander = Lander(self.spool, connect)
        secrets = SharedSecrets(home)
        self.router = APIRouter()
        self.router.include_router(
            tracking.router(
                self.spool,
                authorise,
                user_secrets=secrets.users,
                limit=rate or RateLimit(RATE, BURST),
                counts=self.counts,
            )
        )
        self.router.include_router(webhooks.router(self.spool, secrets, counts=self.counts))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the spool open and land it; at the end, land what is left if that can be."""
        async with self.spool:
            landing = asyncio.create_task(self.lander.run())
            try:
                yield
            finally:
                landing.cancel()
                await asyncio.gather(landing, return_exceptions=True)
                await self.lander.finish()
