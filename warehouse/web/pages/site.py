"""The routes of the pages, and what surrounds each: header and navigation.

Source: pages, the standing of the warehouse, templates.
Shape:  HTML, or CSV of one table where the parameter `csv` names it. The ETag is as that of the
        read API: the last run, the last decision and five minutes of the clock.
Units:  times in the workspace's zone.
Errors: ProblemError: 403, 404, 422, 503; they become pages, see `problems`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from warehouse.web import models, problems
from warehouse.web.access import Access, Reader
from warehouse.web.api import CACHING, one_workspace
from warehouse.web.databases import Database
from warehouse.web.lists import Lists, found, unknown
from warehouse.web.pages import values
from warehouse.web.pages.asker import Asker
from warehouse.web.pages.tables import MOST_CSV_ROWS, text_of
from warehouse.web.pages.templates import rendered
from warehouse.web.pages.visit import BASE, Page, Visit
from warehouse.web.parameters import Parameters
from warehouse.web.problems import ProblemError
from warehouse.web.standing import Standing, Watch
from warehouse.web.statements import Condition

ZONES = "select workspace_id, time_zone from core.workspace_settings"
NAVIGATION = (
    ("", "Today"),
    ("content", "Content"),
    ("followers", "Followers"),
    ("participants", "Participants"),
    ("issues", "Issues"),
    ("communities", "Communities"),
    ("product", "Product"),
    ("health", "Health"),
)


class Site:
    """The pages of one server."""

    def __init__(
        self, database: Database, watch: Watch, access: Access, lists: Lists, home: Path
    ) -> None:
        self._models = models.file(home)
        self._database, self._watch, self._access = database, watch, access
        self._asker = Asker(database, lists)
        self._zones: tuple[str | None, dict[str, str]] = (None, {})

    def router(self, pages: Sequence[Page]) -> APIRouter:
        """Return the routes of the pages, and of whatever is not one."""
        router = APIRouter(include_in_schema=False)

        @router.get("/")
        async def _home() -> Response:
            return RedirectResponse(BASE)

        for page in pages:
            path = f"{BASE}/{page.path}" if page.path else BASE
            router.add_api_route(path, self._endpoint(page), methods=["GET"])

        @router.get(BASE + "/{path:path}")
        async def _nothing(path: str, request: Request) -> Response:
            if not path:  # the address of today with a slash behind it
                return RedirectResponse(request.url.replace(path=BASE, scheme="", netloc=""))
            raise ProblemError(404, f"There is no page {path[:100]}.")

        return router

    def _endpoint(self, page: Page) -> Callable[..., Response]:
        def answer(request: Request, reader: Any) -> Response:
            return self._answer(page, request, reader)

        answer.__annotations__["reader"] = Annotated[Reader, Depends(self._access.reader)]
        return answer

    def _answer(self, page: Page, request: Request, reader: Reader) -> Response:
        standing = self._watch.look()
        if standing.as_of is None:
            return HTMLResponse(rendered("welcome.html", workspaces=()))
        named = request.query_params.get("workspace") or None
        known = standing.workspaces
        if reader.workspace is None and named is None and len(known) > 1:
            links = [
                (each, f"{request.url.path}?{urlencode({'workspace': each})}") for each in known
            ]
            return HTMLResponse(rendered("welcome.html", workspaces=links))
        workspace = one_workspace(reader, _workspace_of(named), standing)
        headers = {"Cache-Control": CACHING, "Vary": "Authorization"}
        self._watch.note(workspace)
        version = standing.moment
        if version is not None and page.refresh is None:
            told = (version, workspace, request.url.path, request.url.query)
            digest = hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]
            headers["ETag"] = f'W/"{digest}"'
            if f'"{digest}"' in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
        visit = self._visit(page, standing, workspace, version, _parameters(request))
        visit.id = request.path_params.get("id")
        visit.is_one_of_many = reader.workspace is None and len(known) > 1
        self._find(visit)
        if name := visit.parameters.get("csv"):
            return self._csv(visit, name, headers)
        if page.refresh is not None:
            headers["Cache-Control"] = "no-store"
            if visit.parameters.get("pause") != "yes":
                headers["Refresh"] = str(page.refresh)
        if page.early and version is not None:  # what is read is kept for whoever asks for it
            threading.Thread(target=_read_early, args=(visit,), daemon=True).start()
        visit.shown = {table.name: visit.ask(table) for table in page.tables}
        visit.has_models = reader.workspace is None and self._models.is_file()
        html = rendered("page.html", **self._surroundings(visit, standing))
        return HTMLResponse(html, headers=headers)

    def _visit(
        self,
        page: Page,
        standing: Standing,
        workspace: str,
        version: str | None,
        parameters: dict[str, str],
    ) -> Visit:
        assert standing.as_of is not None
        zone = self._zone(standing, workspace)
        return Visit(
            asker=self._asker,
            page=page,
            workspace=workspace,
            is_one_of_many=False,
            version=version,
            as_of=standing.as_of,
            zone=values.zone_of(zone),
            zone_name=zone,
            parameters=parameters,
        )

    def read(
        self, pages: Sequence[Page], standing: Standing, workspace: str, moment: str
    ) -> Iterator[None]:
        """Read what pages about nothing particular show, one after the other; it is kept."""
        for page in pages:
            if "{" not in page.path and page.refresh is None:
                visit = self._visit(page, standing, workspace, moment, {})
                visit.shown = {table.name: visit.ask(table) for table in page.tables}
                page.build(visit)
                for name in {each.name for table in page.tables for each in table.filters}:
                    visit.choices(name)
                yield

    def _zone(self, standing: Standing, workspace: str) -> str:
        """Return the time zone of a workspace, as the last run knew it."""
        version, zones = self._zones
        if version is None or version != standing.version:
            with self._database.owner() as session:
                zones = dict(session.execute(ZONES).fetchall())
            self._zones = (standing.version, zones)
        return zones.get(workspace, "UTC")

    def _find(self, visit: Visit) -> None:
        """Look up what the page is about; it has to be one of the workspace's."""
        page = visit.page
        if page.item is not None:
            try:
                visit.id = UUID(str(visit.id))
            except ValueError:
                raise unknown(page.item.noun, str(visit.id)[:100]) from None
            conditions = [
                Condition(page.item.key, "=", visit.id),
                Condition("workspace_id", "=", visit.workspace),
            ]
            with self._database.analyst() as session:
                row = found(session, page.item.mart, conditions)
            if row is None:
                raise unknown(page.item.noun, visit.id)
            visit.item = msgspec.json.decode(row)
        elif page.about is not None:
            about = page.about(visit)
            if about is None:
                raise unknown(page.title.lower(), str(visit.id)[:100])
            visit.item = about

    def _csv(self, visit: Visit, name: str, headers: dict[str, str]) -> Response:
        for table in visit.page.tables:
            if table.name == name:
                text, is_cut = visit.csv(table)
                file = f"{visit.page.place or 'today'}-{name}"
                if is_cut:  # a line of the file itself would be read as a row
                    file += f"-first-{MOST_CSV_ROWS}-rows"
                    headers |= {"Warehouse-Truncated": f"rows={MOST_CSV_ROWS}"}
                headers |= {"Content-Disposition": f'attachment; filename="{file}.csv"'}
                return Response(text, headers=headers, media_type="text/csv; charset=utf-8")
        raise ProblemError(404, f"There is no table {name[:100]} on this page.")

    def _surroundings(self, visit: Visit, standing: Standing) -> dict[str, Any]:
        """Return what the template of a page names."""
        view = visit.page.build(visit)
        age = None
        if standing.published_at is not None:
            age = values.ago((datetime.now(UTC) - standing.published_at).total_seconds())
        return {
            "visit": visit,
            "page": visit.page,
            "view": view,
            "shown": list(visit.shown.values()),
            "heading": view.heading or visit.page.title,
            "lead": view.lead if view.lead is not None else visit.page.lead,
            "parent_name": dict(NAVIGATION).get(visit.parent or ""),
            "navigation": [(visit.url(path), path, name) for path, name in NAVIGATION],
            "most_csv_rows": MOST_CSV_ROWS,
            "today": values.day(visit.today.isoformat()),
            "age": age,
            "is_failed": standing.is_successful is False,
            "is_running": standing.version is None,
        }


def _read_early(visit: Visit) -> None:
    """Read what takes long; who asks for it meanwhile waits, and is told of what goes wrong."""
    with suppress(psycopg.Error, ProblemError):
        for name in visit.page.early:
            visit.read(text_of(name))


def _parameters(request: Request) -> dict[str, str]:
    """Return the parameters of a request, each once, without those that are empty."""
    given = {}
    for name, value in request.query_params.multi_items():
        if name in given:
            raise ProblemError(422, f"{name[:100]} is there twice; give it once.")
        if "\0" in value or len(value) > 2000:
            raise ProblemError(422, f"{name[:100]} is too long or holds a zero character.")
        if value.strip():
            given[name] = value
    return given


def _workspace_of(named: str | None) -> Parameters:
    """Return the workspace of an address; raise 422 for a name that cannot be."""
    try:
        return Parameters(workspace=named)
    except ValidationError as error:
        raise ProblemError(422, problems.invalid(error.errors())) from None
