"""Any REST API that answers with JSON, as sources.toml declares it.

Source: the tables `rest` and `rest.lists.KIND` of a source.
Shape:  an `Api` whose kinds are the declared lists. Their records land through a map, as in
        `warehouse load --map`; the map's `list` is the key of the records in an answer.
Units:  times in ISO format.
Errors: ShapeError for an answer without the list, or without a declared key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from warehouse.pulling.api import Api, Page, Reply, Request, ShapeError, Task

PLATFORM = "rest"
NAMED = "{id}"  # in a path: the followed thing


class List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of an API.

    `map`: a file beside sources.toml. `pages`: how the next page is asked for: by the
    `cursor` that the answer has at `next`, by the page's `number`, or by the `offset` of its
    first record; in the parameter `page_parameter`. `time`: the key of the records' time,
    where they go from new to old. `since_parameter`: takes the time since when records are
    wanted.
    """

    path: str
    map: str
    params: dict[str, str] = {}
    pages: Literal["none", "cursor", "number", "offset"] = "none"
    page_parameter: str = "page"
    first_page: int = 1
    next: str = "next"
    time: str | None = None
    since_parameter: str | None = None


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An API: its lists by kind, and the header that takes the token."""

    lists: dict[str, List]
    header: str = "Authorization"
    scheme: str = "Bearer"


def api_of(rest: Rest, url: str, list_keys: dict[str, str | None]) -> Api:
    """Return the API that a source declares; `list_keys` are those of the maps."""

    def authorise(token: str) -> dict[str, str]:
        return {rest.header: f"{rest.scheme} {token}".strip()} if token else {}

    def ask(task: Task) -> Request:
        told = rest.lists[task.kind]
        params = dict(told.params)
        if told.since_parameter is not None and task.since is not None:
            params[told.since_parameter] = f"{task.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        if task.position is not None:
            params[told.page_parameter] = task.position
        return Request(told.path.replace(NAMED, task.id), params)

    def read(task: Task, reply: Reply) -> Page:
        told = rest.lists[task.kind]
        answer = msgspec.json.decode(reply.content)
        records = _at(answer, list_keys[task.kind])
        if not isinstance(records, list):
            where = list_keys[task.kind] or "its top"
            raise ShapeError(f"there is no list at {where}")
        position = _next(told, task, answer, len(records))
        return Page(len(records), position, _oldest(told, records))

    return Api(
        platform=PLATFORM,
        title=url.partition("://")[2].partition("/")[0],
        url=url,
        follows={kind: told.path for kind, told in rest.lists.items()},
        authorise=authorise,
        ask=ask,
        read=read,
    )


def _next(told: List, task: Task, answer: Any, count: int) -> str | None:
    """Return the position of the page after one with so many records."""
    if count == 0 or told.pages == "none":
        return None
    if told.pages == "cursor":
        found = _at(answer, told.next)
        return None if found in (None, "", False) else str(found)
    at = int(task.position or (told.first_page if told.pages == "number" else 0))
    return str(at + (1 if told.pages == "number" else count))


def _oldest(told: List, records: list[Any]) -> datetime | None:
    """Return the oldest time of records that go from new to old."""
    if told.time is None or not records:
        return None
    times = [_at(record, told.time) for record in records]
    if not all(isinstance(time, str) for time in times):
        raise ShapeError(f"a record has no {told.time}")
    found = [datetime.fromisoformat(time) for time in times]
    return min(time if time.tzinfo else time.replace(tzinfo=UTC) for time in found)


def _at(value: Any, key: str | None) -> Any:
    """Return what stands at a key; dots lead into objects."""
    for part in key.split(".") if key else ():
        value = value.get(part) if isinstance(value, dict) else None
    return value
