"""The read API: an operation for each row of the tables in `resources`.

Source: one mart per answer, read as the analyst.
Shape:  a list answers {"items": […], "next": cursor or null}, an item answers its row. The ETag
        of an answer names the last run, the last decision and five minutes of the clock, since
        some numbers change by the minute.
Units:  those of the marts; numbers exact, times RFC 3339.
Errors: ProblemError: 403, 404, 422, 503.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from warehouse.web import parameters
from warehouse.web.access import Access, Reader
from warehouse.web.databases import Database
from warehouse.web.documentation import documented
from warehouse.web.lists import Lists, found, unknown
from warehouse.web.parameters import Parameters
from warehouse.web.problems import ProblemError
from warehouse.web.resources import BASE, ITEMS, LISTS, Item, List
from warehouse.web.standing import Standing, Watch
from warehouse.web.statements import Condition

CACHING = "private, no-cache"  # kept by the reader alone, and asked about before each use


class Api:
    """What the operations share."""

    def __init__(self, database: Database, watch: Watch, access: Access, lists: Lists) -> None:
        self._database, self._watch, self._access = database, watch, access
        self._lists = lists

    def router(self) -> APIRouter:
        """Return the routes of all operations; those without a placeholder come first."""
        router = APIRouter(prefix=BASE, dependencies=[Depends(_each_once)])
        resources: list[List | Item] = [*LISTS, *ITEMS]
        for resource in sorted(resources, key=lambda each: each.path.count("{")):
            endpoint = (
                self._list(resource) if isinstance(resource, List) else self._item(resource)
            )
            router.add_api_route(
                f"/{resource.path}",
                endpoint,
                methods=["GET"],
                response_class=Response,
                **documented(resource),
            )
        return router

    def _list(self, resource: List) -> Callable[..., Response]:
        """Return the endpoint of a list: of everything, or about the parent of an id."""

        def of_everything(request: Request, given: Any, reader: Any) -> Response:
            standing = self._watch.look()
            workspace = one_workspace(reader, given, standing)
            conditions = [Condition("workspace_id", "=", workspace)]
            self._watch.note(workspace)
            return self._answer(
                request,
                reader,
                standing,
                lambda version: self._lists.page(resource, conditions, given, version),
            )

        def about_one(request: Request, id: UUID, given: Any, reader: Any) -> Response:  # noqa: A002
            assert resource.parent is not None
            about = Condition(resource.parent.column, "=", id)
            conditions = [about, *_restriction(reader, given)]
            return self._answer(
                request,
                reader,
                self._watch.look(),
                lambda version: self._lists.page(resource, conditions, given, version),
            )

        endpoint = of_everything if resource.parent is None else about_one
        return self._typed(endpoint, parameters.model(resource))

    def _item(self, resource: Item) -> Callable[..., Response]:
        """Return the endpoint of an item."""

        def answer(request: Request, id: UUID, given: Any, reader: Any) -> Response:  # noqa: A002
            conditions = [Condition(resource.key, "=", id), *_restriction(reader, given)]

            def read(_: str | None) -> str:
                with self._database.analyst() as session:
                    row = found(session, resource.mart, conditions)
                if row is None:
                    raise unknown(resource.noun, id)
                return row

            return self._answer(request, reader, self._watch.look(), read)

        return self._typed(answer, Parameters)

    def _typed(
        self, endpoint: Callable[..., Response], model: type[Parameters]
    ) -> Callable[..., Response]:
        """Tell FastAPI what an endpoint takes."""
        endpoint.__annotations__ |= {
            "given": Annotated[model, Query()],
            "reader": Annotated[Reader, Depends(self._access.reader)],
        }
        return endpoint

    def _answer(
        self,
        request: Request,
        reader: Reader,
        standing: Standing,
        read: Callable[[str | None], str],
    ) -> Response:
        """Answer with what `read` returns, or that the reader has it already."""
        headers = {"Cache-Control": CACHING, "Vary": "Authorization"}
        version = standing.moment
        if version is not None:
            told = (version, reader.workspace, request.url.path, request.url.query)
            digest = hashlib.sha256("\0".join(map(str, told)).encode()).hexdigest()[:32]
            headers["ETag"] = f'W/"{digest}"'
            if f'"{digest}"' in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
        return Response(read(version), headers=headers, media_type="application/json")


async def _each_once(request: Request) -> None:
    """Refuse a parameter that is given twice: only one value would be used."""
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name in seen:
            raise ProblemError(422, f"{name[:100]} is there twice; give it once.")
        seen.add(name)


def _restriction(reader: Reader, given: Parameters) -> list[Condition]:
    """Return the condition of the only workspace that is wanted or may be seen."""
    workspace = _permitted(reader, given)
    return [] if workspace is None else [Condition("workspace_id", "=", workspace)]


def one_workspace(reader: Reader, given: Parameters, standing: Standing) -> str:
    """Return the workspace of a list; without data there is none, and every list is empty."""
    workspace = _permitted(reader, given)
    known = standing.workspaces
    if workspace is None:
        if len(known) > 1:
            raise ProblemError(422, f"workspace: name one of {', '.join(known)}.")
        return known[0] if known else ""
    if reader.workspace is None and workspace not in known:
        raise ProblemError(404, f"There is no workspace {workspace[:100]}.")
    return workspace


def _permitted(reader: Reader, given: Parameters) -> str | None:
    """Return the workspace that a request names or its token is for."""
    if reader.workspace is None:
        return given.workspace
    if given.workspace not in (None, reader.workspace):
        raise ProblemError(403, f"This token is for the workspace {reader.workspace} alone.")
    return reader.workspace
