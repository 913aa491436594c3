"""No route of a server lists an account that opted out, or serves one that was erased.

Every route is asked, with every id that it takes, each list to its end, each table also as CSV.
A route that is new fails the test until somebody says which ids it takes. The server reads
ahead, so it also has to forget.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from command_line import Console
from copies import ROOT
from every_route import EXAMPLES, NOTICES, answers, paths, unlimited
from served import BASE, FIRST, Served, serving

from warehouse import decisions, state
from warehouse.connection import Target
from warehouse.decisions import Account, Decision
from warehouse.demo import AS_OF
from warehouse.privacy import erased
from warehouse.web.pages import visit
from warehouse.web.settings import Settings

SHORT = 8  # an id of so few letters may be a part of other words
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
OTHERS = (
    "select id::text from marts.followers where workspace_id = %s and id <> all(%s::uuid[])"
)


@pytest.fixture(scope="module")
def settings(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """How the server is run."""
    return unlimited(target, tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def server(warehouse: Console, settings: Settings) -> Iterator[Served]:
    """A server with the samples of the demo, as of its last day."""
    samples = [
        path for path in (ROOT / "samples").iterdir() if path.suffix not in (".md", ".csv")
    ]
    assert warehouse("load", *sorted(samples), "-w", FIRST).code in (0, 4)
    said = warehouse("decide", "--from", ROOT / "samples" / "decisions.csv", "-w", FIRST)
    assert said.code == 0
    assert warehouse("run", "--accept", "--as-of", AS_OF).code in (0, 4)
    with serving(settings) as url:
        yield Served(url, settings.database())
    (state.home() / erased.FILE).unlink(missing_ok=True)


@dataclass(frozen=True)
class Chosen:
    """Some accounts that lists name.

    `traces`: by what they are recognised, which is ids and long texts that they wrote.
    """

    ids: list[str]
    accounts: list[Account]
    traces: list[str]


@pytest.fixture(scope="module")
def chosen(server: Served, session: psycopg.Connection) -> Chosen:
    """Of each kind of list somebody who is in it."""
    assert server
    ids = [str(follower_id) for (follower_id,) in session.execute(CHOSEN)]
    assert len(ids) >= 5
    rows = session.execute(
        "select workspace_id, platform, platform_user_id, id, username, display_name"
        " from marts.followers where id = any(%s::uuid[])",
        (ids,),
    ).fetchall()
    wrote = session.execute(
        "select distinct left(text, 60) from core.interaction_ledger"
        " where follower_id = any(%s::uuid[]) and length(text) > 40"
        " and text !~ '[\"''&<>\\\\]'",
        (ids,),
    ).fetchall()
    return Chosen(ids, [Account(*row) for row in rows], [*ids, *(text for (text,) in wrote)])


Named = Callable[[Sequence[str]], Counter[str]]


@pytest.fixture
def named(
    server: Served, settings: Settings, session: psycopg.Connection, chosen: Chosen
) -> Named:
    """Says which routes hold some texts, and how often, where nobody asks for the accounts."""
    routes = paths(settings) - EXAMPLES

    def count(texts: Sequence[str]) -> Counter[str]:
        time.sleep(NOTICES)
        found: Counter[str] = Counter()
        others = [each for (each,) in session.execute(OTHERS, (FIRST, chosen.ids))]
        with server.client() as client:
            for name, answer in answers(client, session, routes, FIRST, others):
                found[name] += sum(answer.count(text) for text in texts)
        return +found

    return count


def test_who_opts_out_is_listed_by_no_route(
    named: Named, session: psycopg.Connection, warehouse: Console, chosen: Chosen
) -> None:
    lists = ("followers", "followers/leaderboard", "alerts", "communities", "issues")
    pages = (
        *("", "/followers", "/participants", "/content/{id}", "/search", "/product"),
        *("/issues/{id:path}", "/followers leaderboard", "/content/{id} comments"),
    )
    before = named(chosen.traces)
    assert {f"{BASE}/{each}" for each in lists} - set(before) == set()
    assert {f"{visit.BASE}{each}" for each in pages} - set(before) == set()
    first, *others = chosen.accounts
    decided = [Decision(account, "opted_out") for account in others]
    assert decisions.record(session, decided) == len(decided)
    words = ("privacy", "opt-out", first.platform, first.actor_id)
    assert warehouse(*words, "-w", FIRST).code == 0
    assert named(chosen.traces) == {}
    # at the instant of the samples lists are fuller
    assert warehouse("run", "--accept", "--as-of", AS_OF).code in (0, 4)
    assert named(chosen.traces) == {}


def own_pages(server: Served, chosen: Chosen) -> set[int]:
    """Return with what the routes about one account answer, asked for each of these."""
    routes = (f"{BASE}/followers", f"{visit.BASE}/followers")
    with server.client() as client:
        return {
            client.get(f"{route}/{each}", params={"workspace": FIRST}).status_code
            for route in routes
            for each in chosen.ids
        }


def test_who_opted_out_can_still_be_looked_at(server: Served, chosen: Chosen) -> None:
    assert own_pages(server, chosen) == {200}


def test_who_is_erased_is_served_by_no_route(
    server: Served, named: Named, warehouse: Console, chosen: Chosen, tmp_path: Path
) -> None:
    """Nor does any answer hold their platform ids, and their own pages are gone."""
    known = [each.actor_id for each in chosen.accounts if len(each.actor_id) > SHORT]
    assert len(known) > 1
    file = tmp_path / "requests.csv"
    lines = [f"{each.platform},{each.actor_id}\n" for each in chosen.accounts]
    file.write_text("platform,actor_id\n" + "".join(lines), "utf-8")
    assert warehouse("privacy", "erase", "--from", file, "-w", FIRST).code == 0
    assert named([*chosen.traces, *known]) == {}
    assert own_pages(server, chosen) == {404}
