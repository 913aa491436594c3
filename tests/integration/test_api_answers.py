"""What is around the answers of the read API: ETags, a database that is away, documentation."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import httpx
import psycopg
import pytest
from api_questions import Marts, Row, ask, asked, assert_problem, named, owner_of
from fuzzed import ask_everything
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no types
from prometheus_client.parser import text_string_to_metric_families
from served import BASE, FIRST, SECOND, Served

from warehouse.web import contracts, databases, standing
from warehouse.web.lists import Lists
from warehouse.web.resources import ITEMS, LISTS, List


@pytest.fixture(scope="module")
def marts(open_server: Served) -> Iterator[Marts]:
    with owner_of(open_server) as session:
        yield session


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


# -- ETags --


def test_an_unchanged_answer_is_not_sent_again(
    open_server: Served, client: httpx.Client
) -> None:
    path = f"{BASE}/followers?workspace={FIRST}"
    first = client.get(path)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for header in (etag, f'"x", {etag}', etag.removeprefix("W/")):
        again = client.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    for other in (f"{path}&limit=1", f"{BASE}/followers?workspace={SECOND}"):
        assert client.get(other, headers={"If-None-Match": etag}).status_code == 200
    with open_server.target.connect(autocommit=True) as session:
        session.execute(
            "insert into raw.decisions (workspace_id, platform, actor_id, decision, decided_by)"
            " values (%s, 'tiktok', 'x', 'vip', 'test')",
            (FIRST,),
        )
    time.sleep(standing.SECONDS)
    changed = client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_while_a_run_changes_marts_no_answer_is_kept(
    open_server: Served, client: httpx.Client
) -> None:
    path = f"{BASE}/followers?workspace={FIRST}"
    with open_server.target.connect(autocommit=True) as session:
        run = "insert into raw.runs (invocation_id) values ('test') returning run_seq"
        (run_seq,) = session.execute(run).fetchall()[0]
        try:
            time.sleep(standing.SECONDS)
            assert "etag" not in client.get(path).headers
        finally:
            session.execute("delete from raw.runs where run_seq = %s", (run_seq,))
    time.sleep(standing.SECONDS)
    assert "etag" in client.get(path).headers


# -- a database that is away --


def test_requests_are_answered_while_the_database_is_away(
    open_server: Served, client: httpx.Client
) -> None:
    path = f"{BASE}/followers?workspace={FIRST}&limit=1"
    assert client.get(path).status_code == 200
    target = open_server.target
    with target.connect(dbname="postgres", autocommit=True) as session:
        allow = f"alter database {target.dbname} allow_connections "
        session.execute(f"{allow} false".encode())
        try:
            end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s"
            session.execute(end, (target.dbname,))
            first = client.get(path)
            assert_problem(first, 503, "The database does not answer")
            assert first.headers["retry-after"] == "1"
            begun = time.monotonic()
            for _ in range(20):
                assert client.get(path).status_code == 503
            assert time.monotonic() - begun < 10  # only the first one of a second waits
            assert "warehouse_database_up 0.0" in client.get("/metrics").text
            assert client.get("/docs").status_code == 200
        finally:
            session.execute(f"{allow} true".encode())
    time.sleep(databases.PAUSE_SECONDS)
    deadline = time.monotonic() + 30
    while client.get(path).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_question_that_takes_too_long_is_given_up(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(lists: Lists, *_: Any) -> str:
        with lists._database.analyst() as session, session.transaction():
            session.execute("set local statement_timeout = '50ms'")
            session.execute("select pg_sleep(9)")
        return ""

    monkeypatch.setattr(Lists, "page", wait)
    answer = client.get(f"{BASE}/followers?workspace={FIRST}")
    assert_problem(answer, 503, "took longer than 5 seconds")


def test_sessions_only_read_and_not_for_long(open_server: Served) -> None:
    database = databases.Database(lambda: open_server.target)
    try:
        with database.analyst() as session:
            assert session.execute("select current_user").fetchone() == ("warehouse_analyst",)
            assert session.execute("show statement_timeout").fetchone() == ("5s",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute("select from raw.loads")
        for lend in (database.analyst, database.owner):
            with lend() as session, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                session.execute("create temporary table own (n integer)")
    finally:
        database.close()


def test_prometheus_reads_what_happened(
    client: httpx.Client, open_server: Served, marts: Marts
) -> None:
    client.get(f"{BASE}/nowhere")
    client.get(f"{BASE}/content/00000000-0000-0000-0000-000000000000")
    text = client.get("/metrics").text
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["warehouse_http_requests_total", f"{BASE}/content/{{id}}", "404"] >= 1
    assert found["warehouse_http_requests_total", "404", "none"] >= 1
    assert found["warehouse_database_up",] == 1
    assert found["warehouse_last_run_successful",] == 1
    assert found["warehouse_marts_age_seconds",] >= 0
    (run,) = marts.execute("select max(run_seq) as last from raw.runs").fetchall()
    assert found["warehouse_last_run",] == run["last"]
    rejects = marts.execute("select reason, count(*) as n from raw.rejects group by reason")
    for row in rejects.fetchall():
        assert found["warehouse_open_rejects", row["reason"]] == row["n"]
    assert (found["warehouse_waiting_loads",], found["warehouse_marts_lag_seconds",]) == (0, 0)


def test_the_lag_is_the_age_of_the_oldest_load_that_waits(
    client: httpx.Client, open_server: Served
) -> None:
    with owner_of(open_server) as owner:
        load = owner.execute(
            "select load_id, run_seq, extract(epoch from now() - received_at)::float8 as age"
            " from raw.loads order by received_at, load_id limit 1"
        ).fetchone()
        assert load is not None
        change = "update raw.loads set run_seq = %s where load_id = %s"
        owner.execute(change, (None, load["load_id"]))
        try:
            text = client.get("/metrics").text
        finally:
            owner.execute(change, (load["run_seq"], load["load_id"]))
    assert "\nwarehouse_waiting_loads 1.0\n" in text
    (said,) = re.findall(r"\nwarehouse_marts_lag_seconds (\S+)\n", text)
    assert load["age"] <= float(said) < load["age"] + 60


# -- documentation --


@pytest.fixture(scope="module")
def specification(client: httpx.Client) -> Row:
    answer = client.get("/openapi.json")
    found: Row = answer.json()
    return found


def test_every_operation_has_an_example_that_its_schema_allows(specification: Row) -> None:
    assert specification["openapi"].startswith("3.1.")
    paths = specification["paths"]
    assert {f"{BASE}/{each.path}" for each in (*LISTS, *ITEMS)} <= paths.keys()
    for path, methods in paths.items():
        for operation in methods.values():
            answered = operation["responses"]["200"]["content"]["application/json"]
            validator = Draft202012Validator(answered["schema"])
            validator.validate(answered["example"])
            assert operation["summary"], path


@pytest.mark.parametrize("resource", LISTS, ids=named)
def test_answers_are_as_their_schema_says(
    resource: List, client: httpx.Client, marts: Marts, specification: Row
) -> None:
    operation = specification["paths"][f"{BASE}/{resource.path}"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator(schema)
    for path, parameters, _ in asked(resource, marts):
        answer = ask(client, path, limit=200, **parameters)
        validator.validate(answer)
        for item in answer["items"]:
            for column in contracts.columns(resource.mart):
                assert_is_of_type(item[column.name], column.data_type)


def assert_is_of_type(value: Any, data_type: str) -> None:
    match value, data_type:
        case None, _:
            pass
        case _, "date":
            date.fromisoformat(value)
        case _, "timestamp with time zone":
            assert datetime.fromisoformat(value).tzinfo is not None
        case _, "numeric" | "bigint" | "double precision":
            assert not isinstance(value, str)


def test_contracts_are_the_databases_columns(marts: Marts) -> None:
    for mart in {resource.mart for resource in (*LISTS, *ITEMS)}:
        found = marts.execute(
            "select attname::text as name, format_type(atttypid, null) as data_type"
            " from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " and not attisdropped",
            (f"marts.{mart}",),
        ).fetchall()
        assert contracts.types(mart) == {each["name"]: each["data_type"] for each in found}


def test_the_page_of_the_api_names_every_operation(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for resource in (*LISTS, *ITEMS):
        assert f"{BASE}/{resource.path}<" in page.text
    fetched = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert fetched
    assert all(re.match(r"#|/\w", address) for address in fetched)
    for forbidden in ("style=", "<style", "<script", "@import"):
        assert forbidden not in page.text
    assert client.get("/static/docs.css").status_code == 200


def test_curl_reads_the_api(open_server: Served) -> None:
    address = f"{open_server.url}{BASE}/followers/leaderboard?workspace={FIRST}&limit=1"
    said = subprocess.run(
        ["curl", "--silent", "--fail", "--noproxy", "*", address],
        check=True,
        capture_output=True,
    )
    (first,) = json.loads(said.stdout)["items"]
    assert first["rank"] == 1


# -- whatever else is asked --


def test_nothing_that_the_specification_allows_or_forbids_is_a_fault(
    open_server: Served, specification: Row
) -> None:
    ask_everything(open_server.url, specification, 8)
