"""Own accounts and placeholders are in no leaderboard, from the files to the marts."""

from __future__ import annotations

import json

import psycopg
import pytest
from command_line import Console


def comment(number: int, actor_id: str, **more: object) -> dict[str, object]:
    """One of several comments on a post of the shop."""
    return {
        "record": "interaction",
        "platform": "facebook",
        "id": f"c{number}",
        "type": "comment",
        "actor_id": actor_id,
        "post_id": "p1",
        "occurred_at": f"2026-03-02T10:{number:02d}:00Z",
        **more,
    }


RECORDS: list[dict[str, object]] = [
    {"record": "post", "platform": "facebook", "post_id": "p1", "owner_id": "shop"},
    *(comment(number, "shop") for number in range(5)),
    comment(5, "ida"),
    comment(6, "me", actor_kind="exporter"),
    *(comment(number, "gone", actor_kind="deleted") for number in range(7, 10)),
]


@pytest.fixture(scope="module")
def built(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Console:
    """A warehouse with a page, a fan, an exporter and a placeholder."""
    file = tmp_path_factory.mktemp("landed") / "page.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    assert warehouse("load", file, "-w", "acme").code == 0
    assert warehouse("run").code == 0
    return warehouse


def reasons(session: psycopg.Connection, workspace: str = "acme") -> dict[str, str | None]:
    """Account -> why it is excluded."""
    return dict(
        session.execute(
            "select platform_user_id, exclusion_reason from marts.followers"
            " where workspace_id = %s",
            (workspace,),
        ).fetchall()
    )


def ranked(session: psycopg.Connection, workspace: str = "acme") -> list[str]:
    """The accounts of the leaderboard, best first."""
    found = session.execute(
        "select fol.platform_user_id from marts.top_engaged_followers as top"
        " inner join marts.followers as fol on top.follower_id = fol.id"
        " where top.workspace_id = %s order by top.rank",
        (workspace,),
    )
    return [account for (account,) in found]


def test_only_the_audience_ranks(built: Console, session: psycopg.Connection) -> None:
    assert reasons(session) == {
        "shop": "own_account",
        "me": "own_account",
        "gone": "deleted",
        "ida": None,
    }
    assert ranked(session) == ["ida"]
    cohorts = session.execute("select follower_count from marts.follower_cohorts").fetchall()
    sizes = session.execute("select distinct cohort_size from marts.follower_retention")
    assert (cohorts, sizes.fetchall()) == ([(1,)], [(1,)])
    counted = session.execute(
        "select observed_count from marts.content_coverage where interaction_type = 'comment'"
    ).fetchall()
    assert counted == [(10,)]


def test_decisions_overrule_in_both_directions(
    built: Console, session: psycopg.Connection
) -> None:
    for words in (("audience", "facebook", "shop"), ("own", "facebook", "ida")):
        assert built("decide", *words, "-w", "acme").code == 0
    assert built("run").code == 0
    assert ranked(session) == ["shop"]
    assert reasons(session)["ida"] == "own_account"
    sizes = session.execute("select distinct cohort_size from marts.follower_retention")
    assert sizes.fetchall() == [(1,)]
    built("decide", "own", "facebook", "shop", "-w", "acme")
    built("decide", "audience", "facebook", "ida", "-w", "acme")
    assert built("run").code == 0
    assert ranked(session) == ["ida"]


@pytest.mark.soak
def test_the_seed_names_own_accounts(built: Console, session: psycopg.Connection) -> None:
    """A changed seed is in effect after the next build; here it is changed in place."""
    session.execute("insert into seeds.own_accounts values ('acme', 'facebook', 'gone', '')")
    assert built("dbt", "run").code == 0
    assert reasons(session)["gone"] == "own_account"
