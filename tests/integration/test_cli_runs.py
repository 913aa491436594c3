"""Runs, questions and purges on the command line, and runs that collide."""

from __future__ import annotations

import csv
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from command_line import GOOD, Console, ended, process
from copies import ROOT
from mart_reader import KEYS, Marts, read_marts

from warehouse.cli import INTERRUPTED
from warehouse.connection import Target

AS_OF = ["--as-of", "2026-06-07T23:59:59Z"]
PLAIN = ["dbt", "build", "--exclude-resource-types", "unit_test", "--vars"]
PLAIN += ['{"as_of": "2026-06-07T23:59:59Z"}']
NOON = "2026-06-07T12:00:00Z"


def marts(session: psycopg.Connection) -> Marts:
    """Every mart; what is in them does not depend on the moment of the query."""
    found = read_marts(session)
    assert all(found[mart] for mart in KEYS)
    return found


@pytest.fixture(scope="module")
def built(warehouse: Console) -> Console:
    """A warehouse with the samples, but for those that come late."""
    samples = ROOT / "samples"
    known = [path for path in samples.iterdir() if path.suffix == ".ndjson" or path.is_dir()]
    paths = sorted(path for path in known if path.name != "late")
    assert warehouse("load", *paths, "-w", "spoke-and-kettle").code == 4
    said = warehouse("run", *AS_OF)
    assert said.code == 4, said
    assert " loads (" in said.out
    assert " rejected); ledger +" in said.out
    return warehouse


def test_a_second_run_says_that_there_is_nothing_new(built: Console) -> None:
    said = built("run", *AS_OF)
    assert said.code == 0
    assert said.out.startswith("Nothing new: the marts are up to date")
    status = built("status")
    assert "succeeded" in status.out
    assert "spoke-and-kettle" in status.out


def test_the_past_is_built_beside_and_asked(built: Console) -> None:
    asked = "select interaction_id, created_at from user_interaction"
    published = built("query", "--csv", asked).out.splitlines()
    day = "2026-05-01"
    said = built("run", "--as-of", "2026-W18-5", "--schema", "spring")  # is the same day
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Built in schema spring_marts: ")
    assert "the published marts are unchanged" in said.out
    past = built("query", "--schema", "spring", "--csv", asked).out.splitlines()
    earlier = [line for line in published[1:] if line.split(",")[1] < day]
    assert 0 < len(earlier) < len(published) - 1
    assert sorted(past[1:]) == sorted(earlier)
    assert built("query", "--csv", asked).out.splitlines() == published
    assert built("run", *AS_OF).out.startswith("Nothing new")
    sentence = built.fails(
        "query", "--schema", "spring", "select * from spring_core.interaction_ledger"
    )
    assert sentence.startswith("Analysts may only read the marts")


@pytest.mark.parametrize(
    ("statement", "phrase"),
    [
        ("selec 1", 'syntax error at or near "selec"'),
        ("select nothing from followers", 'column "nothing" does not exist'),
        ("select * from nowhere", "The marts are activity_heatmap, "),
        ("select 1; drop view followers", "Ask one question at a time"),
        ("delete from followers", "the marts, and nobody can write to them; use"),
        ("select * from raw.loads", "Analysts may only read the marts"),
        ("create table mine (one integer)", "Analysts may only read the marts"),
        ("select 1 / 0", "division by zero"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--csv",)])
def test_questions_that_cannot_be_answered(
    built: Console, options: tuple[str, ...], statement: str, phrase: str
) -> None:
    if options and statement.startswith("create"):
        phrase = "syntax error at or near"
    sentence = built.fails("query", *options, statement)
    assert phrase in sentence


def test_csv_is_exact(built: Console) -> None:
    said = built(
        "query",
        "--csv",
        "select 1 as one, null as none, 'a \"b\",\nc' as text, true as yes, 1.50 as number,"
        " timestamptz '2026-03-01 10:00+01' as at; ",
    )
    assert said == (
        0,
        'one,none,text,yes,number,at\n1,,"a ""b"",\nc",t,1.50,2026-03-01 09:00:00+00\n',
        "",
    )
    assert built("query", "--csv", "select 1 as one where false").out == "one\n"
    many = built("query", "--csv", "select generate_series(1, 5000) as one").out
    assert many.splitlines() == ["one", *map(str, range(1, 5001))]


def test_tables_fit(built: Console) -> None:
    wide = built("query", "table followers")
    assert wide.out.startswith("Row 1\n")
    narrow = built("query", "select username, platform from followers order by 1 limit 3")
    assert "username" in narrow.out
    for line in (wide.out + narrow.out).splitlines():
        assert len(line) <= 100
    many = built("query", "select generate_series(1, 5000) as one")
    assert "1000" in many.out
    assert "1001" not in many.out
    assert many.err.startswith("! Only the first 1,000 rows")
    assert "returned no columns" in built("query", "set search_path to marts").out
    sentence = built.fails("query", "  ; ", code=2)
    assert sentence.startswith("Ask something")


def test_psql_asks_the_same_database(built: Console, target: Target) -> None:
    asked = "select count(*) from marts.followers"
    said = ended(target, process(target, "psql", "-XAtc", asked))
    assert (said.code, said.err) == (0, "")
    assert int(said.out) > 100
    assert ended(target, process(target, "psql", "-Xqc", "nonsense")).code == 1


def test_dbt_is_passed_on(built: Console) -> None:
    listed = built("dbt", "--quiet", "ls", "--select", "marts.health")
    assert listed.code == 0, listed
    assert "engagement_warehouse.marts.health.landed_sources" in listed.out
    assert built("dbt", "--quiet", "nonsense").code == 2


@pytest.mark.soak
def test_plain_dbt_does_what_a_run_does(built: Console, session: psycopg.Connection) -> None:
    assert built("load", ROOT / "samples" / "late", "-w", "spoke-and-kettle").code == 0
    before = marts(session)
    said = built(*PLAIN)
    assert said.code == 0, said.out
    found = marts(session)
    assert found != before
    # whatever plain dbt was told to build, the next run looks at everything, and says so
    assert "used 1 load" in built("run", *AS_OF).out
    rebuilt = built("rebuild", *AS_OF)
    assert rebuilt.code == 0, rebuilt
    assert marts(session) == found


def test_another_run_is_active(built: Console, target: Target) -> None:
    with target.connect() as other:
        other.execute("lock table raw.run_lock in exclusive mode")
        for command in ("run", "rebuild"):
            sentence = built.fails(command, code=3)
            assert sentence == "Another run is active; wait until it has finished."
        assert ended(target, process(target, "run")).code == 3


def test_a_view_dropped_by_hand_comes_back(built: Console, session: psycopg.Connection) -> None:
    before = marts(session)
    session.execute("drop view marts.followers cascade")
    said = built("run", *AS_OF)
    assert (said.code, said.err) == (0, "")
    assert marts(session) == before
    assert built("run", *AS_OF).out.startswith("Nothing new")


def test_failures_are_named(
    built: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """A relation of somebody else in a mart's place, and a check that finds a wrong total."""
    session.execute("drop view marts.landed_sources")
    session.execute("create table marts.landed_sources (mine integer)")
    session.execute(
        "update core.follower_totals set interaction_count = interaction_count + 1,"
        " gross_interaction_count = gross_interaction_count + 1"
    )
    land_more(built, tmp_path)
    said = built("run", *AS_OF)
    assert said.code == 1
    assert "marts.landed_sources was not made by this warehouse" in said.err
    session.execute("drop table marts.landed_sources")
    said = built("run", *AS_OF)
    assert said.code == 1
    (check,) = (line for line in said.err.splitlines() if "recount" in line)
    assert check.startswith("✗ follower_totals_recount_the_ledger: found ")
    assert "`warehouse dbt show -s follower_totals_recount_the_ledger`" in check
    assert said.err.splitlines()[-1].startswith("! Finished models stay")
    (last,) = json.loads(built("runs", "--last", "1", "--json").out)
    assert last["outcome"] == "failed"
    assert check.removeprefix("✗ ") in last["problems"]
    again = built("rebuild", *AS_OF)
    assert again.code == 0, again


# Runs that collide ---------------------------------------------------------------------------


def land_more(built: Console, folder: Path) -> None:
    """A new comment by every follower."""
    rows = built("query", "--csv", "select platform, platform_user_id from followers").out
    path = folder / "more.ndjson"
    with path.open("w") as stream:
        for platform, user in csv.reader(rows.splitlines()[1:]):
            record = {"record": "interaction", "platform": platform, "actor_id": user}
            record |= {"id": f"{folder.name} {user}", "type": "comment", "occurred_at": NOON}
            stream.write(json.dumps(record) + "\n")
    said = built("load", path, "-w", "spoke-and-kettle")
    assert said.code == 0, said


@contextmanager
def held(target: Target) -> Iterator[None]:
    """Nobody can write to the ledger meanwhile."""
    with target.connect() as blocker:
        blocker.execute("lock table core.interaction_ledger in exclusive mode")
        yield


def await_waiting(session: psycopg.Connection, least: int, most: int = 50) -> None:
    """Until so many connections wait for a lock."""
    for _ in range(15_000):
        row = session.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
        if row and least <= row[0] <= most:
            return
        time.sleep(0.02)
    raise AssertionError(f"never did {least} wait")


def test_interrupting_is_told_in_one_sentence(
    built: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    (tmp_path / "more.ndjson").write_bytes(GOOD)
    with target.connect() as blocker:
        blocker.execute("lock table raw.interactions in exclusive mode")
        running = process(target, "load", str(tmp_path), "-w", "interrupted")
        await_waiting(session, 1)
        running.send_signal(signal.SIGINT)
        said = ended(target, running)
    assert (said.code, said.err.strip()) == (1, f"✗ {INTERRUPTED}")
    row = session.execute(
        "select count(*) from raw.loads where workspace_id = 'interrupted'"
    ).fetchone()
    assert row == (0,)


@pytest.mark.soak
def test_an_older_run_writes_no_more(
    built: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    land_more(built, tmp_path)
    with held(target):
        older = process(target, *PLAIN)
        await_waiting(session, 1)
        newer = process(target, "run", *AS_OF)
        await_waiting(session, 2)
    told = ended(target, older)
    assert told.code == 1
    assert "a newer run has begun; this one must not write any more" in told.out
    said = ended(target, newer)
    assert said.code == 0, said
    assert_rebuild_changes_nothing(built, session)


@pytest.mark.soak
def test_a_killed_run_is_finished_by_the_next(
    built: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    land_more(built, tmp_path)
    with held(target):
        zeroth = process(target, "run", *AS_OF)
        await_waiting(session, 1)
        zeroth.send_signal(signal.SIGINT)
        assert ended(target, zeroth).err.strip() == f"✗ {INTERRUPTED}"
        first = process(target, "run", *AS_OF)
        await_waiting(session, 1)
        plain = ended(target, process(target, *PLAIN))
        assert (plain.code, "another run is active" in plain.out) == (1, True)
        first.send_signal(signal.SIGKILL)
        first.communicate()
        await_waiting(session, 0, 0)  # the server has noticed
        second = process(target, "run", *AS_OF)
        await_waiting(session, 1)
    said = ended(target, second)
    assert said.code == 0, said
    assert "used 1 load" in said.out
    assert_rebuild_changes_nothing(built, session)


def assert_rebuild_changes_nothing(built: Console, session: psycopg.Connection) -> None:
    """The marts are what all of raw makes of them."""
    found = marts(session)
    assert built("rebuild", *AS_OF).code == 0
    assert marts(session) == found


# Purges --------------------------------------------------------------------------------------


def test_a_purge_takes_what_a_dry_run_counts(built: Console) -> None:
    """The product is the only platform with a retention: 90 days."""
    asked = "query", "--csv", "select interaction_id from user_interaction"
    before = built(*asked).out.splitlines()
    dry = built("purge", "--dry-run")
    assert (dry.code, dry.err) == (0, "")
    counts, sentence = dry.out.split("Age as of ")
    assert sentence == "2026-06-07 23:59 UTC; nothing was removed.\n"
    assert built(*asked).out.splitlines() == before
    none_is_old = built("purge", "--as-of", "2026-02-01")
    assert none_is_old.code == 0
    assert "Age as of 2026-02-01 00:00 UTC" in none_is_old.out
    assert built(*asked).out.splitlines() == before
    purged = built("purge")
    assert (purged.code, purged.err) == (0, "")
    assert purged.out == (
        f"{counts}Age as of 2026-06-07 23:59 UTC; totals and scores did not change.\n"
    )
    after = built(*asked).out.splitlines()
    assert set(after) < set(before)
    told = dict(line.rsplit(maxsplit=1) for line in counts.splitlines())
    assert told["platform"] == "product"
    assert told["interactions"] == str(len(before) - len(after))
    assert built("run", *AS_OF).out.startswith("Nothing new")


def test_a_purge_of_what_marts_are_made_of_is_refused(
    built: Console, session: psycopg.Connection
) -> None:
    session.execute("insert into seeds.retention values ('discord', 365)")
    try:
        for arguments in (("purge",), ("purge", "--dry-run")):
            sentence = built.fails(*arguments, code=2)
            assert sentence.startswith("Days and issues of discord need its single")
            assert sentence.endswith("Remove discord from seeds/retention.csv and run again.")
    finally:
        session.execute("delete from seeds.retention where platform = 'discord'")


def test_a_purge_during_a_run(built: Console, target: Target) -> None:
    with target.connect() as other:
        other.execute("lock table raw.run_lock in exclusive mode")
        sentence = built.fails("purge", code=3)
    assert sentence == "Another run is active; wait until it has finished."


def test_where_nothing_has_a_retention_nothing_goes(
    built: Console, session: psycopg.Connection
) -> None:
    session.execute("delete from seeds.retention")
    said = built("purge")
    assert said.code == 0
    assert said.err.startswith("! seeds/retention.csv has changed since the last run")
    assert said.out == "seeds/retention.csv has no row; nothing was removed.\n"
