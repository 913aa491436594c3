"""No list of the pages or the API names an account that opted out; they did before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import psycopg
import pytest
from command_line import Console
from copies import ROOT
from served import BASE, FIRST, Served, serving

from warehouse import decisions
from warehouse.connection import Target
from warehouse.decisions import Account, Decision
from warehouse.demo import AS_OF
from warehouse.web.pages import visit
from warehouse.web.pages.every import PAGES
from warehouse.web.resources import LISTS
from warehouse.web.settings import Settings

# of each kind of list somebody who is in it
CHOSEN = """
(select follower_id from marts.top_engaged_followers order by rank, follower_id limit 2)
union
select follower_id from marts.engagement_alerts where alert_kind = 'review_flag_open'
union
(select follower_id from marts.user_engagement where is_eligible order by follower_id limit 2)
union
(select id from marts.participant_profiles where is_vip and is_eligible order by id limit 2)
union
(
    select ldg.follower_id from marts.daily_highlights as dhl
    cross join lateral jsonb_array_elements(dhl.top_messages) as msg (message)
    inner join core.interaction_ledger as ldg
        on (msg.message ->> 'interaction_id')::uuid = ldg.interaction_id
    where ldg.follower_id is not null
    order by ldg.follower_id limit 1
)
union
(select follower_id from marts.issue_engagements where follower_id is not null limit 1)
"""


@pytest.fixture(scope="module")
def server(
    warehouse: Console, target: Target, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server with the samples of the demo, as of its last day."""
    paths = [
        path for path in (ROOT / "samples").iterdir() if path.suffix not in (".md", ".csv")
    ]
    assert warehouse("load", *sorted(paths), "-w", FIRST).code in (0, 4)
    said = warehouse("decide", "--from", ROOT / "samples" / "decisions.csv", "-w", FIRST)
    assert said.code == 0
    assert warehouse("run", "--accept", "--as-of", AS_OF).code in (0, 4)
    with serving(Settings(lambda: target, tmp_path_factory.mktemp("state"))) as url:
        yield Served(url, target)


def answers(session: psycopg.Connection, client: httpx.Client) -> Iterator[tuple[str, str]]:
    """Yield the name and the answer of each list, of the API and on pages."""
    for resource in LISTS:
        if resource.parent is None:
            following: str | None = ""
            while following is not None:
                cursor = f"&cursor={following}" if following else ""
                path = f"{BASE}/{resource.path}?workspace={FIRST}&limit=200{cursor}"
                found = client.get(path)
                assert found.status_code == 200, found.text
                yield f"api {resource.path}", found.text
                following = found.json()["next"]
    ids = {
        "content": "select id::text from marts.content_items where workspace_id = %s",
        "communities": "select distinct community_id from marts.daily_highlights"
        " where workspace_id = %s",
        "issues": "select distinct issue_id from marts.issue_engagements"
        " where workspace_id = %s",
    }
    for page in PAGES:
        place, _, has_id = page.path.partition("/")
        paths = [page.path]
        if has_id and place not in ids:
            continue
        if has_id:
            rows = session.execute(ids[place].encode(), (FIRST,))
            paths = [f"{place}/{quote(key, safe='')}" for (key,) in rows]
        queries = ["&q=a", "&q=e", "&q=o"] if place == "search" else [""]
        for path in paths:
            for query in queries:
                url = f"{visit.BASE}/{path}".rstrip("/") + f"?workspace={FIRST}{query}"
                found = client.get(url)
                assert found.status_code == 200, (url, found.text[:300])
                yield f"page {page.path}", found.text


def named(
    session: psycopg.Connection, client: httpx.Client, accounts: list[str]
) -> Counter[str]:
    """Return how often which list names one of some accounts."""
    found: Counter[str] = Counter()
    for name, text in answers(session, client):
        found[name] += sum(text.count(account) for account in accounts)
    return +found


def test_who_opts_out_is_in_no_list(
    server: Served, session: psycopg.Connection, warehouse: Console
) -> None:
    chosen = [str(follower_id) for (follower_id,) in session.execute(CHOSEN)]
    assert len(chosen) >= 5
    rows = session.execute(
        "select workspace_id, platform, platform_user_id, id, username, display_name"
        " from marts.followers where id = any(%s::uuid[])",
        (chosen,),
    ).fetchall()
    accounts = [Account(*row) for row in rows]
    wrote = session.execute(
        "select distinct left(text, 60) from core.interaction_ledger"
        " where follower_id = any(%s::uuid[]) and length(text) > 40"
        " and text !~ '[\"''&<>\\\\]'",
        (chosen,),
    ).fetchall()
    traces = [*chosen, *(text for (text,) in wrote)]
    with server.client() as client:
        before = named(session, client, traces)
        assert {
            *("api followers", "api followers/leaderboard", "api alerts", "api communities"),
            *("api issues", "page followers", "page participants", "page content/{id}"),
            *("page search", "page product", "page issues/{id:path}", "page "),
        } - set(before) == set()
        decided = [Decision(account, "opted_out") for account in accounts]
        assert decisions.record(session, decided[1:]) == len(decided) - 1
        first = accounts[0]
        words = ("privacy", "opt-out", first.platform, first.actor_id)
        assert warehouse(*words, "-w", FIRST).code == 0
        assert named(session, client, traces) == {}
        # at the instant of the samples lists are fuller
        assert warehouse("run", "--accept", "--as-of", AS_OF).code in (0, 4)
        assert named(session, client, traces) == {}


def test_the_account_itself_can_still_be_looked_at(
    server: Served, session: psycopg.Connection
) -> None:
    (follower_id,) = session.execute(
        "select id from marts.followers where exclusion_reason = 'opted_out' limit 1"
    ).fetchall()[0]
    with server.client() as client:
        for path in (
            f"{BASE}/followers/{follower_id}",
            f"{visit.BASE}/followers/{follower_id}",
        ):
            assert client.get(path, params={"workspace": FIRST}).status_code == 200
