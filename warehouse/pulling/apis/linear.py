"""Linear's GraphQL API.

Source: linear.app/developers: pagination, filtering, rate limiting.
Shape:  `comments:TEAM` the comments of a team's issues with their reactions, `issues:TEAM` its
        issues with their comments; TEAM is the key in ENG-12. The last updated comes first.
Units:  ISO times; limits are requests and complexity an hour.
Errors: ShapeError for an answer without a connection.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from warehouse.pulling.api import Api, Beneath, Page, Reply, Request, ShapeError, Task, Verdict

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


class Error(msgspec.Struct):
    message: str = ""
    extensions: Extensions | None = None


class Errors(msgspec.Struct):
    data: Any = None
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


def _judge(reply: Reply) -> Verdict | None:
    """Say what errors of GraphQL mean; they may come with any status."""
    try:
        told = _ERRORS.decode(reply.content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if not told.errors or reply.status >= 500:
        return None
    error = told.errors[0]
    code = error.extensions.code if error.extensions else None
    if code == "RATELIMITED":
        return Verdict("limit", error.message, _reset(reply))
    if code == "AUTHENTICATION_ERROR" or reply.status == 401:
        return Verdict("token", error.message)
    if code == "INTERNAL_SERVER_ERROR":
        return Verdict("again", error.message)
    return Verdict("no", error.message)


def _reset(reply: Reply) -> float | None:
    """Return the seconds until a used-up limit allows more; headers hold milliseconds."""
    waits = []
    for limit in ("requests", "complexity"):
        try:
            left = float(reply.headers[f"x-ratelimit-{limit}-remaining"])
            reset = float(reply.headers[f"x-ratelimit-{limit}-reset"])
        except (KeyError, ValueError):
            continue
        if left <= 0:
            waits.append(max(reset / 1000 - reply.at.timestamp(), 0.0))
    return max(waits, default=None)


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
