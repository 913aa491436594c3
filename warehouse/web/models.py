"""The page of the models that dbt writes, at /models: every model, column, test and use.

Source: `static_index.html` in the state folder, written by
        `warehouse dbt docs generate --static`.
Shape:  the file as it is. It runs scripts of its own, which may load and send nothing.
Errors: ProblemError: 403 for a token of one workspace, 404 while there is no such file.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, Response

from warehouse.web.access import Access
from warehouse.web.problems import ProblemError

ADDRESS = "/models"
SECURITY = (  # dbt's page is one file with its scripts, styles and pictures in it
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def file(home: Path) -> Path:
    """Return where dbt writes the page."""
    return home / "dbt" / "target" / "static_index.html"


def router(home: Path, access: Access) -> APIRouter:
    """Return the route of the page."""
    made = APIRouter(include_in_schema=False, dependencies=[Depends(access.reader_of_all)])

    @made.get(ADDRESS)
    async def _models() -> Response:
        if not file(home).is_file():
            raise ProblemError(
                404,
                "The page of the models is not written yet; "
                "`warehouse dbt docs generate --static` writes it.",
            )
        headers = {"Content-Security-Policy": SECURITY, "Cache-Control": "no-cache"}
        return FileResponse(file(home), media_type="text/html", headers=headers)

    return made
