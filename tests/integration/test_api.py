"""Laws of the read API, for every operation: pages, filters, items, workspaces of tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from api_questions import (
    SOME,
    WORKSPACES,
    Marts,
    ask,
    asked,
    assert_problem,
    everything,
    named,
    owner_of,
    rows,
)
from served import BASE, FIRST, SECOND, Served

from warehouse.web import contracts
from warehouse.web.kept import MOST_ROWS, Kept
from warehouse.web.resources import ITEMS, LISTS, Item, List, Membership, Sort

SORTED = [(resource, sort) for resource in LISTS for sort in resource.sorts]
FILTERED = [(resource, name) for resource in LISTS for name in resource.filters]
MEMBERS = [(resource, each) for resource in LISTS for each in resource.memberships]
RANGED = [(resource, name) for resource in LISTS for name in resource.ranges]


@pytest.fixture(scope="module")
def marts(open_server: Served) -> Iterator[Marts]:
    with owner_of(open_server) as session:
        yield session


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


@pytest.mark.parametrize("kept_rows", [0, 20, MOST_ROWS])
@pytest.mark.parametrize(("resource", "sort"), SORTED, ids=named)
def test_pages_visit_every_row_once_and_in_order(
    *,
    resource: List,
    sort: Sort,
    kept_rows: int,
    client: httpx.Client,
    marts: Marts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    held = Kept.held
    monkeypatch.setattr("warehouse.web.kept.MOST_ROWS", kept_rows)
    monkeypatch.setattr(
        Kept, "held", lambda kept, question, *more: held(kept, f"{question}{kept_rows}", *more)
    )
    visited = 0
    for path, parameters, where in asked(resource, marts):
        wanted = rows(marts, resource.mart, where, sort)
        for limit in (7, 200) if len(wanted) < 300 else (61,):
            found = everything(client, path, sort=sort.name, limit=limit, **parameters)
            assert found == wanted
        visited += len(wanted)
    assert visited > 1


@pytest.mark.parametrize(("resource", "name"), FILTERED, ids=named)
def test_a_filter_is_an_equality(
    resource: List, name: str, client: httpx.Client, marts: Marts
) -> None:
    compared = 0
    for path, parameters, where in asked(resource, marts):
        all_rows = rows(marts, resource.mart, where, resource.sorts[0])
        values = {json.dumps(row[name]) for row in all_rows if row[name] is not None}
        for value in map(json.loads, sorted(values)[:SOME]):
            given = {name: str(value).lower() if isinstance(value, bool) else value}
            found = everything(client, path, **parameters, **given)
            assert found == [row for row in all_rows if row[name] == value]
            compared += len(found)
    assert compared


@pytest.mark.parametrize(("resource", "membership"), MEMBERS, ids=named)
def test_a_membership_asks_another_mart(
    resource: List, membership: Membership, client: httpx.Client, marts: Marts
) -> None:
    compared = 0
    for path, parameters, where in asked(resource, marts):
        all_rows = rows(marts, resource.mart, where, resource.sorts[0])
        keys: dict[str, set[str]] = {}
        for row in rows(marts, membership.mart, where):
            keys.setdefault(row[membership.column], set()).add(row[membership.key])
        for value in [*sorted(keys)[:SOME], "of nobody"]:
            found = everything(client, path, **parameters, **{membership.name: value})
            having = keys.get(value, set())
            assert found == [row for row in all_rows if row[membership.key] in having]
            compared += len(found)
    assert compared


@pytest.mark.parametrize(("resource", "name"), RANGED, ids=named)
def test_a_range_has_a_first_value_and_an_end(
    resource: List, name: str, client: httpx.Client, marts: Marts
) -> None:
    compared = 0
    for path, parameters, where in asked(resource, marts):
        all_rows = rows(marts, resource.mart, where)
        values = sorted({row[name] for row in all_rows if row[name] is not None})
        for value in values[len(values) // 2 : len(values) // 2 + 1]:
            from_then = everything(client, path, **parameters, **{f"{name}_from": value})
            before = everything(client, path, **parameters, **{f"{name}_before": value})
            for found, operator in ((from_then, ">="), (before, "<")):
                limits = (name, operator, value)
                assert found == rows(marts, resource.mart, where, resource.sorts[0], limits)
            compared += len(from_then)
    assert compared


@pytest.mark.parametrize("resource", ITEMS, ids=named)
def test_an_item_is_its_row(resource: Item, client: httpx.Client, marts: Marts) -> None:
    for workspace in WORKSPACES:
        for row in rows(marts, resource.mart, {"workspace_id": workspace})[:20]:
            path = resource.path.replace("{id}", row[resource.key])
            assert ask(client, path) == row
            assert ask(client, path, workspace=workspace) == row
            other = next(other for other in WORKSPACES if other != workspace)
            assert client.get(f"{BASE}/{path}?workspace={other}").status_code == 404


@pytest.mark.parametrize("resource", [*LISTS, *ITEMS], ids=named)
def test_what_is_unknown_is_said(resource: List | Item, client: httpx.Client) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    path = resource.path.replace("{id}", unknown)
    answer = client.get(f"{BASE}/{path}", params={"colour": "red", "workspace": FIRST})
    assert_problem(answer, 422, "colour is not a parameter of this operation")
    if path != resource.path:
        answer = client.get(f"{BASE}/{path}", params={"workspace": FIRST})
        assert_problem(answer, 404, unknown)
        answer = client.get(f"{BASE}/{path.replace(unknown, 'x')}")
        assert_problem(answer, 422, "id: ")
    if isinstance(resource, List) and resource.parent is None:
        assert_problem(client.get(f"{BASE}/{path}"), 422, f"{SECOND}, {FIRST}")
        answer = client.get(f"{BASE}/{path}", params={"workspace": "nobody"})
        assert_problem(answer, 404, "There is no workspace nobody.")


BAD = {
    "boolean": ["maybe", "2"],
    "bigint": ["1.5", "x", str(2**63)],
    "integer": ["1.5", "x", str(2**31)],
    "uuid": ["x", "1"],
    "date": ["x", "2026-02-30", "1700000000"],
    "timestamp with time zone": ["x", "2026-03-01", "2026-03-01T12:00:00", "1700000000"],
    "text": ["\0", "x" * 501],
}


@pytest.mark.parametrize("resource", LISTS, ids=named)
def test_a_bad_value_is_refused(resource: List, client: httpx.Client, marts: Marts) -> None:
    path, parameters, _ = next(asked(resource, marts))
    types = contracts.types(resource.mart)
    bad = [("limit", value) for value in ("0", "-1", "201", "x", "1e2")]
    bad += [("sort", "colour"), ("sort", ""), ("sort", resource.sorts[0].name + " ")]
    bad += [("cursor", value) for value in ("", "x", "W10", "é", "WzFd", "x" * 3000)]
    bad += [(name, value) for name in resource.filters for value in BAD[types[name]]]
    for name in resource.ranges:
        bad += [(f"{name}_from", value) for value in BAD[types[name]]]
    for name, value in bad:
        answer = client.get(f"{BASE}/{path}", params={**parameters, name: value})
        assert_problem(answer, 422, name)
    answer = client.get(f"{BASE}/{path}", params=[("limit", "1"), ("limit", "2")])
    assert_problem(answer, 422, "limit is there twice")


def test_a_cursor_belongs_to_one_question(client: httpx.Client) -> None:
    asked_first = {"workspace": FIRST, "sort": "id", "limit": 1}
    cursor = ask(client, "followers", **asked_first)["next"]
    for change in ({"workspace": SECOND}, {"sort": "-id"}, {"platform": "tiktok"}):
        changed: dict[str, Any] = {**asked_first, "cursor": cursor, **change}
        answer = client.get(f"{BASE}/followers", params=changed)
        assert_problem(answer, 422, "it belongs to another question")
    assert ask(client, "followers", **{**asked_first, "cursor": cursor, "limit": 2})["items"]


# -- workspaces of tokens --


def workspaces_in(value: Any) -> set[str]:
    """Return every workspace that an answer names."""
    if isinstance(value, dict):
        own = {value["workspace_id"]} if "workspace_id" in value else set()
        return own.union(*map(workspaces_in, value.values()))
    return set().union(*map(workspaces_in, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("workspace", WORKSPACES)
@pytest.mark.parametrize("resource", [*LISTS, *ITEMS], ids=named)
def test_a_token_of_a_workspace_never_sees_another(
    resource: List | Item,
    workspace: str,
    guarded_server: Served,
    marts: Marts,
) -> None:
    """Whatever it names: ids, values of filters and cursors of the other workspace."""
    other = next(name for name in WORKSPACES if name != workspace)
    theirs = rows(marts, resource.mart, {"workspace_id": other})
    ids = [row["id"] for row in rows(marts, "followers", {"workspace_id": other})[:SOME]]
    if isinstance(resource, Item):
        ids = [row[resource.key] for row in theirs[:SOME]]
    paths = [resource.path.replace("{id}", key) for key in ids]
    with (
        guarded_server.client(workspace) as bound,
        guarded_server.client(other) as of_other,
        guarded_server.client("all") as unbound,
    ):
        for path in dict.fromkeys(paths):
            for name in (other, workspace, None):
                given = {"workspace": name} if name else {}
                answer = bound.get(f"{BASE}/{path}", params=given)
                assert_answers_own(answer, workspace)
                assert answer.status_code == 403 or name != other
                if path != resource.path and name != other:
                    assert answer.status_code == 404
        if isinstance(resource, List) and resource.parent is None:
            for name in resource.filters:
                for row in theirs[:SOME]:
                    if row[name] is not None:
                        answer = bound.get(f"{BASE}/{resource.path}", params={name: row[name]})
                        assert_answers_own(answer, workspace)
            own = ask(bound, resource.path, limit=200)["items"]
            assert own == ask(unbound, resource.path, limit=200, workspace=workspace)["items"]
            cursor = ask(of_other, resource.path, limit=1)["next"]
            if cursor is not None:
                answer = bound.get(f"{BASE}/{resource.path}", params={"cursor": cursor})
                assert_problem(answer, 422, "cursor")


def assert_answers_own(answer: httpx.Response, workspace: str) -> None:
    assert answer.status_code in (200, 403, 404, 422), answer.text
    assert workspaces_in(answer.json()) <= {workspace}
