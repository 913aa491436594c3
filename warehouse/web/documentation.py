"""What the API says of itself: OpenAPI 3.1, and a page that reads well without a network.

Source: resources, contracts of marts, and examples.json, which holds real answers of the demo.
Shape:  keyword arguments for FastAPI's routes; /openapi.json; the page /docs.
Units:  those of the marts.
Errors: none; a test asks that every operation has an example that its schema allows.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader

from warehouse.web import contracts, problems
from warehouse.web.access import Access
from warehouse.web.resources import BASE, Item, List

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER / "examples.json"
PROBLEMS = {
    401: "No valid token was shown, and one is needed.",
    403: "The token is for something else.",
    404: "There is no such thing.",
    422: "A parameter is unknown or has a bad value.",
    429: "The token asks too often.",
    503: "The database does not answer, or took too long.",
}
UNCHANGED = "Nothing has changed since the answer with this ETag."
ABOUT = (
    "Reads the published marts of an engagement warehouse. Lists are paged: pass `next` of an "
    "answer as `cursor`, with the same parameters, until it is null. A null in a number means "
    "unknown, not zero."
)
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "password": {
        "type": "http",
        "scheme": "basic",
        "description": "Any user name, and a token as the password.",
    },
}


class Example(msgspec.Struct, frozen=True):
    """A request of an operation, and its real answer."""

    request: str
    answer: dict[str, Any]


@cache
def examples() -> dict[str, Example]:
    """Return an example for the path of each resource."""
    return msgspec.json.decode(EXAMPLES.read_bytes(), type=dict[str, Example])


def documented(resource: List | Item) -> dict[str, Any]:
    """Return what a route says of its resource."""
    placeholder = "{id}" in resource.path
    return {
        "operation_id": resource.path.replace("/{id}", "_one").replace("/", "_"),
        "summary": contracts.description(resource.mart).partition(". ")[0].rstrip("."),
        "description": f"{contracts.description(resource.mart)} Mart `{resource.mart}`.",
        "tags": [resource.path.partition("/")[0]],
        "responses": {
            200: {
                "description": "The answer.",
                "content": {"application/json": {"schema": answer(resource)}},
            },
            304: {"description": UNCHANGED},
            **problem_responses(*(404, *PROBLEMS) if placeholder else PROBLEMS),
        },
    }


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how an operation answers what it cannot do."""
    reference = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": PROBLEMS[status],
            "content": {problems.MEDIA_TYPE: {"schema": reference}},
        }
        for status in statuses
    }


def answer(resource: List | Item) -> dict[str, Any]:
    """Return the JSON schema of an answer."""
    item = _object({each.name: each.schema for each in contracts.columns(resource.mart)})
    if isinstance(resource, Item):
        return item
    return _object(
        {
            "items": {"type": "array", "items": item},
            "next": {
                "type": ["string", "null"],
                "description": "The cursor of the next page; null after the last one.",
            },
        }
    )


def install(app: FastAPI, access: Access) -> None:
    """Add /openapi.json and /docs to an application that has all other routes."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(access.reader)])

    @router.get("/openapi.json")
    async def _openapi() -> Response:
        return JSONResponse(specification(app))

    @router.get("/docs")
    async def _docs(request: Request) -> Response:
        pages = Environment(
            loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, trim_blocks=True
        )
        requests = {f"{BASE}/{path}": each.request for path, each in examples().items()}
        address = str(request.base_url).rstrip("/")
        html = pages.get_template("docs.html").render(
            api=specification(app), requests=requests, address=address
        )
        return HTMLResponse(html)

    app.include_router(router)


def specification(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description of an application."""
    if app.openapi_schema is None:
        made = app.openapi()
        made["info"]["description"] = ABOUT
        components = made.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = problems.SCHEMA
        components["securitySchemes"] = SECURITY_SCHEMES
        made["security"] = [{}, {"token": []}, {"password": []}]
        for path, example in examples().items():  # FastAPI would leave their nulls out
            answered = made["paths"][f"{BASE}/{path}"]["get"]["responses"]["200"]
            answered["content"]["application/json"]["example"] = example.answer
    assert app.openapi_schema is not None
    return app.openapi_schema


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }
