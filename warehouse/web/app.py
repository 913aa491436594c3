"""The application behind `warehouse serve`: routers on one database, behind one guard.

Source: `Settings`.
Shape:  a FastAPI application. A part adds its router here.
Errors: none leave it as anything but application/problem+json, or a page.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.types import Scope

from warehouse import events
from warehouse.web import documentation, models, problems
from warehouse.web.access import Access
from warehouse.web.ahead import Ahead
from warehouse.web.api import Api
from warehouse.web.databases import Database
from warehouse.web.guard import Guard
from warehouse.web.lists import Lists
from warehouse.web.metrics import Metrics
from warehouse.web.pages.every import PAGES
from warehouse.web.pages.site import Site
from warehouse.web.pages.templates import problem_page
from warehouse.web.problems import ProblemError
from warehouse.web.receiving import Receiving
from warehouse.web.settings import Settings
from warehouse.web.standing import VERSION, Watch

STATIC = Path(__file__).parent / "static"


def create_app(
    settings: Settings, database: Database | None = None, emit: events.Emit | None = None
) -> FastAPI:
    """Return the application; it ends the sessions of its database when it stops.

    `emit` gets an event for each request and each load of what was received.
    """
    opened = database or Database(settings.database)
    watch = Watch(opened)
    access = Access(settings)
    lists = Lists(opened)  # what pages and programs ask alike is read once
    metrics = Metrics(opened, watch)
    site = Site(opened, watch, access, lists, settings.home)
    ahead = None
    if settings.reads_ahead:
        ahead = Ahead(
            watch,
            lambda standing, workspace, moment: itertools.chain(
                site.read(PAGES, standing, workspace, moment), lists.read(workspace, moment)
            ),
        )
    receiving = None
    if settings.spool is not None:
        receiving = Receiving(settings, settings.spool, access, watch, emit)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with ahead.running() if ahead is not None else nullcontext():
            async with receiving.running() if receiving is not None else nullcontext():
                yield
        opened.close()

    app = FastAPI(
        title="Engagement Warehouse",
        version=VERSION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(
        Guard,
        settings=settings,
        count=metrics.count,
        respond=_respond,
        known=lambda: watch.workspaces,
        emit=emit,
    )
    problems.install(app, _respond)
    app.include_router(Api(opened, watch, access, lists).router())
    app.include_router(metrics.router(access))
    if receiving is not None:
        metrics.register(receiving)
        app.include_router(receiving.router)
    app.include_router(site.router(PAGES))
    app.include_router(models.router(settings.home, access))
    documentation.install(app, access)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


def _respond(scope: Scope, problem: ProblemError) -> Response:
    """Answer with a problem: a page for people, JSON for programs."""
    if problems.is_for_people(scope):
        return problem_page(problem)
    return problems.as_json(problem)
