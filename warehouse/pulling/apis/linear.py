"""Linear's GraphQL API.

Source: linear.app/developers: pagination, filtering, rate limiting.
Shape:  `comments:TEAM` the comments of a team's issues with their reactions, `issues:TEAM` its
        issues with their comments; TEAM is the key in ENG-12. The last updated comes first.
Units:  ISO times; limits are requests and complexity an hour.
Errors: ShapeError for an answer without a connection.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from warehouse.pulling.api import (
    Api,
    Beneath,
    Kind,
    Page,
    Reply,
    Request,
    ShapeError,
    Task,
    Verdict,
)

_PERSON = "{ id name displayName url }"
_ISSUE = f"id identifier title url createdAt updatedAt creator {_PERSON} team {{ id key name }}"
_COMMENT = (
    f"id body createdAt updatedAt editedAt archivedAt user {_PERSON}"
    " externalUser { id name displayName } botActor { id name } parent { id }"
    f" reactions {{ id emoji createdAt updatedAt user {_PERSON} }}"
)
_PAGE = "pageInfo { hasNextPage endCursor }"
_BENEATH = f"comments(first: 20, after: $below) {{ nodes {{ {_COMMENT} }} {_PAGE} }}"
_QUERIES = {
    "comments": (
        "query($id: String!, $after: String) {"
        " comments(first: 50, after: $after, orderBy: updatedAt, includeArchived: true,"
        " filter: { issue: { team: { key: { eq: $id } } } }) {"
        f" nodes {{ {_COMMENT} issue {{ {_ISSUE} }} }} {_PAGE} }} }}"
    ),
    "issues": (
        "query($id: String!, $after: String, $below: String) {"
        " issues(first: 25, after: $after, orderBy: updatedAt, includeArchived: true,"
        " filter: { team: { key: { eq: $id } } }) {"
        f" nodes {{ {_ISSUE} {_BENEATH} }} {_PAGE} }} }}"
    ),
    "issue": (
        f"query($id: String!, $below: String) {{ issue(id: $id) {{ {_ISSUE} {_BENEATH} }} }}"
    ),
}


class PageInfo(msgspec.Struct, rename="camel"):
    has_next_page: bool
    end_cursor: str | None = None


class Node(msgspec.Struct, rename="camel"):
    id: str
    updated_at: datetime | None = None
    comments: Connection | None = None


class Connection(msgspec.Struct, rename="camel"):
    nodes: list[Node]
    page_info: PageInfo

    @property
    def position(self) -> str | None:
        """The position of the next page."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None


class Data(msgspec.Struct):
    comments: Connection | None = None
    issues: Connection | None = None
    issue: Node | None = None


class Answer(msgspec.Struct):
    data: Data | None = None


class Extensions(msgspec.Struct):
    code: Any = None
    type: Any = None


class Error(msgspec.Struct):
    message: str = ""
    extensions: Extensions | None = None


class Errors(msgspec.Struct):
    data: dict[str, Any] | None = None
    errors: list[Error] = []


_ANSWER = msgspec.json.Decoder(Answer)
_ERRORS = msgspec.json.Decoder(Errors)


def _ask(task: Task) -> Request:
    where = "below" if task.kind == "issue" else "after"
    variables = {"id": task.id, where: task.position}
    return Request("/graphql", body={"query": _QUERIES[task.kind], "variables": variables})


def _read(task: Task, reply: Reply) -> Page:
    data = _ANSWER.decode(reply.content).data
    if data is not None and task.kind == "issue" and data.issue is not None:
        comments = data.issue.comments
        if comments is not None:
            return Page(1, comments.position)
    connection = None if data is None else getattr(data, task.kind)
    if not isinstance(connection, Connection):
        raise ShapeError(f"there is no list of {task.kind}")
    times = [node.updated_at for node in connection.nodes if node.updated_at is not None]
    return Page(
        len(connection.nodes),
        connection.position,
        min(times, default=None),
        tuple(
            Beneath("issue", node.id, str(node.updated_at), node.updated_at)
            for node in connection.nodes
            if node.comments is not None and node.comments.position is not None
        ),
    )


_SCOPE = "the token may not see that team: use one with the scope read, of a member of it"
_UNKNOWN = "Linear no longer knows such a query: a newer warehouse may ask another one"
_MEANINGS: dict[str, tuple[Kind, str]] = {  # by code, or by type where there is no code
    "authentication error": ("token", ""),
    "forbidden": ("no", _SCOPE),
    "feature not accessible": ("no", "the plan of the Linear workspace does not include it"),
    "usage limit exceeded": ("no", "the plan of the Linear workspace does not include it"),
    "entity not found": ("no", "it was deleted; there is nothing to do"),
    "input error": ("no", _UNKNOWN),
    "invalid input": ("no", _UNKNOWN),
    "graphql error": ("no", _UNKNOWN),
    "graphql validation failed": ("no", _UNKNOWN),
    "graphql parse failed": ("no", _UNKNOWN),
    "internal server error": ("again", ""),
    "internal error": ("again", ""),
    "lock timeout": ("again", ""),
    "network error": ("again", ""),
}
_ELSE: tuple[Kind, str] = ("no", "")
_COMPLEX = "it asks for too much at once: a newer warehouse may ask for less"


def _judge(reply: Reply) -> Verdict | None:
    """Say what errors of GraphQL mean; they may come with any status."""
    if reply.status == 200 and b'"errors"' not in reply.content:
        return None
    try:
        told = _ERRORS.decode(reply.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not told.errors or reply.status >= 500:
        return None
    if reply.status == 200 and any(told.data.values() if told.data else ()):
        return None  # some fields of the page are missing, and the rest lands
    error = told.errors[0]
    names = error.extensions or Extensions()
    found = [str(name).lower().replace("_", " ") for name in (names.code, names.type) if name]
    kind: Kind
    seconds, limit = max(_used_up(reply), default=(None, "requests"))
    if "ratelimited" in found:
        kind, advice = "limit", f"its hourly limit on {limit} is reached"
    elif reply.status == 401:
        kind, advice = "token", ""
    elif "complex" in error.message:
        kind, advice = "no", _COMPLEX
    else:
        kind, advice = next((_MEANINGS[name] for name in found if name in _MEANINGS), _ELSE)
    return Verdict(kind, error.message, seconds if kind == "limit" else None, advice)


def _used_up(reply: Reply) -> Iterator[tuple[float, str]]:
    """Yield the seconds until a used-up limit allows more; headers hold milliseconds."""
    for limit in ("requests", "complexity", "endpoint-requests"):
        try:
            left = float(reply.headers[f"x-ratelimit-{limit}-remaining"])
            reset = float(reply.headers[f"x-ratelimit-{limit}-reset"])
        except (KeyError, ValueError):
            continue
        if left <= 0:
            told = "such requests" if limit == "endpoint-requests" else limit
            yield max(reset / 1000 - reply.at.timestamp(), 0.0), told


def _authorise(token: str) -> dict[str, str]:
    return {"Authorization": token if token.startswith("lin_api_") else f"Bearer {token}"}


API = Api(
    platform="linear",
    title="Linear",
    url="https://api.linear.app",
    follows={
        "comments": "comments on a team's issues and their reactions (`comments:ENG`)",
        "issues": "a team's issues with their comments (`issues:ENG`)",
    },
    authorise=_authorise,
    ask=_ask,
    read=_read,
    judge=_judge,
)
