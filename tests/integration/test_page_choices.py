"""What a person chooses of a page: filters, days, a period, words that somebody said."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from api_questions import Marts, owner_of
from page_reader import ReadPage
from served import FIRST, SECOND, Served

from warehouse.demo import AS_OF
from warehouse.web.pages import values
from warehouse.web.pages.visit import BASE


@pytest.fixture(scope="module")
def marts(open_server: Served) -> Iterator[Marts]:
    with owner_of(open_server) as session:
        yield session


@pytest.fixture(scope="module")
def client(open_server: Served) -> Iterator[httpx.Client]:
    with open_server.client() as opened:
        yield opened


def read(client: httpx.Client, url: str, **given: str) -> ReadPage:
    answer = client.get(url, params=given or None)
    assert answer.status_code == 200, answer.text[:500]
    return ReadPage(answer.text)


def removing(page: ReadPage, name: str) -> list[str]:
    """Return where links lead that leave out a parameter of this table of the address."""
    return [
        link["href"]
        for link in page.links
        if link["href"].endswith(f"#{name}") and "sort=" not in link["href"]
    ]


def test_a_filter_that_is_set_can_be_removed(client: httpx.Client) -> None:
    url = f"{BASE}/followers"
    chosen = {"workspace": FIRST, "platform": "tiktok", "engagement_tier": "lurker"}
    page = read(client, url, **chosen)
    assert "Platform: tiktok" in page.text
    assert "Tier: lurker" in page.text
    left = [parse_qs(urlsplit(href).query) for href in removing(page, "leaderboard")]
    assert {"workspace": [FIRST], "engagement_tier": ["lurker"]} in left
    assert {"workspace": [FIRST], "platform": ["tiktok"]} in left
    assert {"workspace": [FIRST]} in left  # all of them
    everything = read(client, url, workspace=FIRST)
    assert "Remove the filter" not in everything.text
    assert len(everything.tables["leaderboard"].rows) > len(page.tables["leaderboard"].rows)


def test_days_are_those_of_the_workspace_and_the_last_is_included(
    client: httpx.Client, marts: Marts
) -> None:
    days = marts.execute(
        "select participant_id, (occurred_at at time zone set.time_zone)::date as day,"
        " count(*) as n from interaction_history join core.workspace_settings as set"
        " using (workspace_id) where workspace_id = %s and occurred_at is not null"
        " group by 1, 2 order by count(*) over (partition by participant_id) desc, 1, 2",
        (FIRST,),
    ).fetchall()
    one = days[0]["participant_id"]
    mine = [row for row in days if row["participant_id"] == one]
    first, last = mine[1]["day"].isoformat(), mine[-2]["day"].isoformat()
    url = f"{BASE}/followers/{one}"
    given = {"workspace": FIRST, "occurred_at_from": first, "occurred_at_before": last}
    lines = client.get(url, params=given | {"csv": "timeline"}).text.splitlines()
    assert len(lines) - 1 == sum(row["n"] for row in mine[1:-1])
    page = read(client, url, **given)
    assert f"From: {values.day(first)}" in page.text
    assert page.tables["timeline"].rows
    answer = client.get(url, params=given | {"occurred_at_from": "soon"})
    assert (answer.status_code, "occurred_at_from" in answer.text) == (422, True)


WORDS = ("a", "THE", "%", "_", "\\", "'", "é", "wheel", "👍", "no such words")


@pytest.mark.parametrize("words", WORDS)
def test_a_timeline_is_searched_for_what_was_said(
    words: str, client: httpx.Client, marts: Marts
) -> None:
    """As it is written, without wildcards, in large and small letters alike."""
    found = 0
    for workspace in (FIRST, SECOND):
        people = marts.execute(
            "select participant_id as one, count(*) filter"
            " (where strpos(lower(text), lower(%(q)s)) > 0) as said from interaction_history"
            " where workspace_id = %(workspace)s and participant_id is not null"
            " group by participant_id having count(text) > 0 order by said desc, one limit 3",
            {"q": words, "workspace": workspace},
        ).fetchall()
        for row in people:
            given = {"workspace": workspace, "q": words, "csv": "timeline"}
            answer = client.get(f"{BASE}/followers/{row['one']}", params=given)
            assert answer.status_code == 200
            assert sum(1 for _ in csv.reader(io.StringIO(answer.text))) - 1 == row["said"]
            found += row["said"]
    assert found or words not in ("a", "THE", "'")
    page = read(client, f"{BASE}/followers/{row['one']}", workspace=SECOND, q=words)
    assert f"Text: {words}" in page.text


@pytest.mark.parametrize("days", [None, 7, 28, 90])
def test_figures_are_about_the_period_that_is_chosen(
    days: int | None, open_server: Served, marts: Marts
) -> None:
    chosen = days or 7
    (found,) = marts.execute(
        "select sum(interaction_count) as now, sum(new_follower_count) as new"
        " from daily_activity where workspace_id = %s and activity_date <= %s::date"
        " and activity_date > %s::date - %s::integer",
        (FIRST, AS_OF, AS_OF, chosen),
    ).fetchall()
    given = {} if days is None else {"days": str(days)}
    with open_server.client() as client:
        page = ReadPage(client.get(BASE, params={"workspace": FIRST, **given}).text)
    said = " ".join(page.text.split())
    assert f"Interactions {values.number(found['now'])} " in said
    assert f"New followers {values.number(found['new'])} " in said
    assert said.count(f"in {chosen} days, against the {chosen} before") == 2
    assert (f"the last {chosen} are in full colour" in said) is (chosen < 90)
    links = {link["href"]: "aria-current" in link for link in page.links}
    for each in (28, 90):
        assert links[f"{BASE}?workspace={FIRST}&days={each}"] is (each == chosen)


@pytest.mark.parametrize("days", ["8", "-7", "7.0", "x", "٧", "' or 1=1"])
def test_another_period_is_refused(days: str, open_server: Served) -> None:
    with open_server.client() as client:
        answer = client.get(BASE, params={"workspace": FIRST, "days": days})
    assert answer.status_code == 422
    assert "days: one of 7, 28, 90." in ReadPage(answer.text).text
