"""A server that receives interactions and webhooks, in a process of its own.

Source: a state folder; the database that libpq's variables name, if any.
Shape:  `Server` starts and kills it; tokens are words, see `GRANTS`.
Units:  seconds.
Errors: AssertionError where it does not start.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import httpx
import psycopg
import uvicorn
from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from warehouse import connection
from warehouse.spool import Limits
from warehouse.web import tracking
from warehouse.web.rates import RateLimit
from warehouse.web.receiving import Receiving

PROJECT = Path(__file__).resolve().parents[2]
PAGE = "http://page.example"
ENDED = 20.0
POSTS = "".join(
    f'<article data-track-post="post-{number}" data-track-source="feed"'
    ' style="height: 450px; margin-bottom: 50px">…</article>'
    for number in range(1, 8)
)


@dataclass(frozen=True)
class Granted:
    """What a token of the tests allows."""

    workspace: str
    origins: tuple[str, ...] = ()
    client: Hashable | None = None


GRANTS = {
    "page": Granted("acme", (PAGE,)),
    "server": Granted("acme"),
    "signed": Granted("signed"),
    "slow": Granted("acme", client="slow"),
}


async def authorise(request: Request) -> Granted:
    """Return the grant of the token in the address or in the header."""
    told = request.headers.get("authorization", "").removeprefix("Bearer ")
    token = request.query_params.get("token") or told
    if token not in GRANTS:
        raise HTTPException(401, "The token is missing or not known.")
    grant = GRANTS[token]
    page = f"http://localhost:{request.url.port}"  # another origin than 127.0.0.1
    return replace(grant, origins=(*grant.origins, page)) if grant.origins else grant


class Server:
    """The process; `with` starts it and ends it in an orderly way."""

    def __init__(self, home: Path, limits: Limits | None = None, database: str = "") -> None:
        self._home = home
        self._limits = limits or Limits()
        self._database = database
        self.client = httpx.Client(timeout=30)
        self.address = ""

    def start(self) -> Self:
        """Start it and wait until it answers."""
        limits = self._limits
        figures = (limits.total_bytes, limits.segment_bytes, limits.segment_seconds)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self._home), self._database, *map(str, figures)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), *sys.path])},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip()
        assert port, "the server did not start"
        self.address = f"http://127.0.0.1:{port}"
        return self

    def kill(self) -> None:
        """End it at once, with kill -9."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> None:
        """End it in an orderly way."""
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=ENDED)

    def post(self, path: str, **options: object) -> httpx.Response:
        """Post to it."""
        return self.client.post(self.address + path, **options)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.stop()
        self.client.close()


def app(receiving: Receiving) -> FastAPI:
    """Return the server's application, with the script of the pages."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with receiving.running():
            yield

    made = FastAPI(lifespan=lifespan)
    made.include_router(receiving.router)

    @made.get("/page", response_class=HTMLResponse)
    def page(request: Request) -> str:
        script = f"http://127.0.0.1:{request.url.port}/static/track.js"
        tag = f'<script src="{script}" data-token="page" data-user="u-42" async></script>'
        return f"<!doctype html><title>Feed</title>{tag}<main>{POSTS}</main>"

    made.mount("/static", StaticFiles(directory=Path(tracking.__file__).parent / "static"))
    return made


def connect(database: str) -> psycopg.Connection:
    """Connect as the owner; without a database there is none that answers."""
    if not database:
        raise psycopg.OperationalError("there is no database")
    return connection.resolve(database).connect(autocommit=True)


async def serve(home: Path, database: str, limits: Limits) -> None:
    """Serve on a free port, which is printed once it answers."""
    receiving = Receiving(
        home, lambda: connect(database), authorise, limits=limits, rate=RateLimit(10, 40)
    )
    listener = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(app(receiving), log_level="warning", access_log=False)
    server = uvicorn.Server(settings)
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    print(listener.getsockname()[1], flush=True)  # noqa: T201
    await serving


if __name__ == "__main__":
    home, database, *figures = sys.argv[1:]
    asyncio.run(
        serve(Path(home), database, Limits(int(figures[0]), int(figures[1]), float(figures[2])))
    )
