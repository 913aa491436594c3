"""The templates of the pages, and problems as pages.

Source: warehouse/web/templates; every value is escaped.
Shape:  HTML.
Errors: none; a template that names what it was not given is a fault.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from warehouse.web.documentation import FOLDER
from warehouse.web.pages import values
from warehouse.web.pages.cells import cell
from warehouse.web.problems import ProblemError

WHAT_TO_DO = {
    400: "Follow a link of these pages instead of writing the address.",
    401: "Load the page again; type any user name, and the token as the password.",
    403: "Use another token, or leave out the workspace.",
    404: "Search for it, or begin with today.",
    405: "Open the address in a browser; pages are only read.",
    413: "Open the address again without a body.",
    414: "Shorten the address, or begin with today.",
    421: "Open the address that `warehouse serve` printed when it started.",
    422: "Go back and choose something else, or begin with today.",
    429: "Wait a moment, then load the page again.",
    500: "Load the page again. If it fails again, the server's log says where: start it with "
    "`WAREHOUSE_DEBUG=1`.",
    503: "Load the page again in a moment; `warehouse status` says how the database is.",
}


def rendered(name: str, **given: Any) -> str:
    """Return a template with its values."""
    return _environment().get_template(name).render(**given)


def problem_page(problem: ProblemError) -> Response:
    """Return a problem as a page that says what to do."""
    html = rendered(
        "problem.html",
        status=problem.status,
        title=HTTPStatus(problem.status).phrase,
        detail=problem.detail,
        what_to_do=WHAT_TO_DO.get(problem.status, "Begin with today."),
    )
    headers = {"Cache-Control": "no-store", **problem.headers}
    return HTMLResponse(html, problem.status, headers)


@cache
def _environment() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    templates.filters |= {"number": values.number, "words": values.words, "code": _with_code}
    templates.globals["cell"] = cell
    return templates


def _with_code(text: str) -> Markup:
    """Return a sentence of ours with what stands between backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>" if place % 2 else "{}").format(part)
        for place, part in enumerate(parts)
    )
