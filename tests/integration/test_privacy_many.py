"""A list of people: one command and one rebuild for all, or nothing where a row is wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import crowd
import psycopg
import pytest
from command_line import Console

from warehouse import state
from warehouse.privacy import erased, traces

KEPT = 5


@pytest.fixture(scope="module")
def members() -> list[crowd.Member]:
    """Who is in the warehouse; the last ones are never erased."""
    return crowd.crowd(random.Random("many"), 20 + KEPT)


@pytest.fixture(scope="module")
def built(
    warehouse: Console, members: list[crowd.Member], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A warehouse that knows a crowd in one workspace, and one of it in another."""
    file = tmp_path_factory.mktemp("crowd") / "all"
    for workspace, who in (("acme", members), ("other", members[:1])):
        crowd.deliver(file, who, 0)
        assert warehouse("load", file, "-w", workspace).code in (0, 4)
    assert warehouse("run", "--accept").code in (0, 4)
    yield warehouse
    (state.home() / erased.FILE).unlink(missing_ok=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "requests.csv"


def values(members: list[crowd.Member]) -> list[str]:
    return [value for member in members for value in member.values]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("person,actor_id\n", "has a header but no rows"),
        ("name\nann\n", "It has 'name'"),
        ("follower\nweb:nobody\n", "line 2: Nobody is known as nobody on web"),
        ("platform,username\nweb\n", "line 2: it has a different number of cells"),
        ("platform,username\nweb,a\0b\n", "line 2: username contains a NUL character"),
        ("follower\nweb\n", "line 2: Name the follower by id"),
        ("person,platform\n1,web\n", "line 2: it names no follower"),
        (b"follower\n\xff\n", "it is not a CSV in UTF-8"),
        ("", "needs a header"),
    ],
)
def test_a_wrong_list_changes_nothing(
    built: Console, session: psycopg.Connection, file: Path, text: str | bytes, said: str
) -> None:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    for action in ("erase", "opt-out"):
        assert said in built.fails("privacy", action, "--from", file, "-w", "acme")
    assert session.execute("select 1 from raw.privacy_requests").fetchone() is None


def test_words_and_lists_do_not_mix(built: Console, file: Path) -> None:
    file.write_text("platform,actor_id\nweb,x\n")
    for words in (
        *(("erase",), ("erase", "web", "x", "--from", file), ("verify", "--from", file)),
        *(("export", "--from", file, "--to", file), ("reapply", "web", "x")),
    ):
        assert built.fails("privacy", *words, code=2).startswith("Name a follower")
    assert built.fails("privacy", "erase", "--from", file, "--unseen", code=2).startswith(
        "--unseen goes with one person"
    )
    assert "an actor_id needs a workspace" in built.fails("privacy", "erase", "--from", file)


def test_a_list_is_opted_out_and_in_at_once(
    built: Console, session: psycopg.Connection, members: list[crowd.Member], file: Path
) -> None:
    crowd.request(file, members[:3])
    said = built("privacy", "opt-out", "--from", file, "-w", "acme")
    assert said.code == 0, said
    out = "select count(*) from marts.followers where exclusion_reason = 'opted_out'"
    assert session.execute(out).fetchone() == (3,)
    assert built("privacy", "opt-in", "--from", file, "-w", "acme").code == 0
    assert session.execute(out).fetchone() == (0,)
    session.execute("delete from raw.privacy_requests")


def test_a_list_is_erased_by_one_command_and_can_be_given_again(
    built: Console, session: psycopg.Connection, members: list[crowd.Member], file: Path
) -> None:
    """Named in every way; one of another workspace is left."""
    first, second, *others = members[:-KEPT]
    row = session.execute(
        "select id from marts.followers where platform_user_id = %s and workspace_id = 'acme'",
        (first.actor_id,),
    ).fetchone()
    assert row is not None
    lines = ["person,follower,platform,username,actor_id,workspace"]
    lines.append(f"one,{row[0]},,,,")
    lines.append(f"one,{second.platform}:{second.username},,,,")
    for number, member in enumerate(others):
        name, actor_id = (member.username, "") if number % 2 else ("", member.actor_id)
        lines.append(f",,{member.platform},{name},{actor_id},acme")
    lines.append(lines[-1])  # twice is once
    file.write_text("\n".join(lines) + "\n", "utf-8")
    said = built("privacy", "erase", "--from", file, "-w", "acme", "--dry-run")
    assert said.code == 0, said
    assert "20 accounts" not in said.out  # as many are named
    assert session.execute("select 1 from raw.erased_values").fetchone() is None
    would = said.out.split(" rows. It cannot")[0].rsplit(" ", 1)[1]

    said = built("privacy", "erase", "--from", file, "-w", "acme", "--reason", "of May")
    assert (said.code, said.err) == (0, ""), said
    assert len(erased.log()) == 19  # two accounts are of one person
    done = session.execute(
        "select count(*), count(finished_at)"
        " from raw.privacy_requests where request_kind = 'erase' and reason = 'of May'"
    ).fetchall()
    assert done == [(20, 20)]
    counted = session.execute(
        "select sum(value::bigint) from raw.privacy_requests, jsonb_each_text(row_counts)"
        " where request_id = (select max(request_id) from raw.privacy_requests)"
        " and key <> 'key_check'"
    ).fetchone()
    assert counted == (int(would.replace(",", "")),)  # as the dry run said
    kept = values([first])
    places = traces.in_database(
        session, [v for v in values([second, *others]) if v not in kept]
    )
    assert places == []
    assert traces.in_files(state.home(), values([first, second, *others])) == []
    of_other = session.execute(
        "select distinct workspace_id from raw.interactions where actor_id like %s",
        (f"%{first.number}x",),
    ).fetchall()
    assert ("other",) in of_other

    said = built("privacy", "erase", "--from", file, "-w", "acme")
    assert said.code == 0
    assert "erased before, left out" in said.out
    assert "Nobody is left to erase" in said.out
    assert len(erased.log()) == 19


def test_a_database_that_is_older_is_erased_again_at_once(
    built: Console, session: psycopg.Connection, members: list[crowd.Member], file: Path
) -> None:
    """As a restored backup: without the requests, and with everybody."""
    session.execute("delete from raw.erased_values")
    session.execute("delete from raw.privacy_requests")
    crowd.deliver(file, members, 1)
    assert built("load", file, "-w", "acme").code in (0, 4)
    assert built.fails("run").startswith("This database is older than an erasure")
    said = built("privacy", "reapply")
    assert said.out == "20 accounts were erased again; erasures of 0 were finished.\n"
    assert traces.in_database(session, values(members[1:-KEPT])) == []
    assert traces.in_database(session, values(members[-KEPT:])) != []
