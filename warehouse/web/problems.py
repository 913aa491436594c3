"""Errors as answers: application/problem+json (RFC 9457) with one sentence, or a page.

Source: what operations raise, what FastAPI says of a request, what PostgreSQL refuses.
Shape:  {"type", "title", "status", "detail"}; `detail` is the sentence. A browser that asks for
        anything but what programs read gets a page with the same sentence.
Errors: none; nothing of a traceback, an address or a statement is in an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Scope

PAGES = "/analytics"  # what lies below is for people, whatever they say they accept
PROGRAMS = ("/api/", "/metrics", "/openapi.json", "/static/")
MEDIA_TYPE = "application/problem+json"
SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "additionalProperties": False,
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer", "description": "The status of the answer."},
        "detail": {"type": "string", "description": "What is wrong, in one sentence."},
    },
}
NO_MARTS = (
    "The marts are not there, or another version built them; `warehouse run` brings them up "
    "to date."
)
TOO_LONG = "The answer took longer than 5 seconds; ask for less, by a filter or a lower limit."
UNREACHABLE = "The database does not answer; try again in a moment."
BUSY = "All connections to the database are in use; try again in a moment."
FAULT = "Something unforeseen went wrong; this is a fault of the warehouse."


class ProblemError(Exception):
    """Answer to a request that cannot be answered as asked."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


Respond = Callable[[Scope, ProblemError], Response]


def is_for_people(scope: Scope) -> bool:
    """Whether a request comes from somebody who looks at pages."""
    path = scope["path"]
    if path == PAGES or path.startswith(PAGES + "/"):
        return True
    accepted = Headers(scope=scope).get("accept", "")
    return not path.startswith(PROGRAMS) and "text/html" in accepted


def as_json(problem: ProblemError) -> Response:
    """Return the answer of a problem to a program."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
    }
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(msgspec.json.encode(body), problem.status, headers, MEDIA_TYPE)


def of_database(error: psycopg.Error) -> ProblemError:
    """Return the problem of what PostgreSQL refused."""
    match error:
        case psycopg.errors.QueryCanceled():
            return ProblemError(503, TOO_LONG)
        case (
            psycopg.errors.UndefinedTable()
            | psycopg.errors.UndefinedColumn()
            | psycopg.errors.UndefinedFunction()
            | psycopg.errors.InsufficientPrivilege()
        ):
            return ProblemError(503, NO_MARTS)
        case psycopg.DataError():
            return ProblemError(422, "A value is out of the range of its column.")
        case psycopg.OperationalError() | psycopg.InterfaceError():
            return ProblemError(503, UNREACHABLE, {"Retry-After": "1"})
    raise error


def install(app: FastAPI, respond: Respond) -> None:
    """Answer all errors of an application as problems."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> Response:
        return respond(request.scope, error)

    @app.exception_handler(psycopg.Error)
    async def _database(request: Request, error: psycopg.Error) -> Response:
        return respond(request.scope, of_database(error))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        sentence = _sentence(request, error)
        return respond(request.scope, ProblemError(error.status_code, sentence, error.headers))

    @app.exception_handler(RequestValidationError)
    async def _request(request: Request, error: RequestValidationError) -> Response:
        return respond(request.scope, ProblemError(422, invalid(error.errors())))


def invalid(errors: Sequence[Any]) -> str:
    """Return the sentence about the parameters of a request."""
    return "; ".join(_complaint(error) for error in errors[:5]) + "."


def _complaint(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][-1])[:100]
    if error["type"] == "extra_forbidden":
        return f"{name} is not a parameter of this operation; /docs lists them"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{name}: {message[:1].lower()}{message[1:200]}"


def _sentence(request: Request, error: HTTPException) -> str:
    path = request.url.path[:200]
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"There is nothing at {path}; /docs lists what there is."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{path} does not take {request.method}."
    return f"{error.detail}."
