"""An erasure leaves no trace and changes no total, whatever kills it or is delivered again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from command_line import Console, ended, process
from direct_landing import line
from planted_person import (
    ARCHIVED,
    ID,
    NAME,
    OTHER,
    PLANTED,
    PLANTS,
    SECOND_NAME,
    delivery,
)
from psycopg import sql

from loaders.privacy.forgetting import ERASED, natural_key
from warehouse import schedules, state
from warehouse.connection import Target
from warehouse.embedded import server
from warehouse.privacy import erased, key, traces

TOTALS = (
    "select platform, activity_date, interaction_count, comment_count from marts.daily_activity"
    " where workspace_id = 'acme' and interaction_count > 0",
    "select platform, sum(interaction_count), sum(comment_count), sum(like_count)"
    " from core.post_totals where workspace_id = 'acme' group by platform",
    "select content_id, total_interactions, total_comments, engagement_score"
    " from marts.content_cross_platform_summary where workspace_id = 'acme'",
    "select platform, activity_weekday, activity_hour, interaction_count"
    " from marts.activity_heatmap where workspace_id = 'acme' and interaction_count > 0",
    "select username, engagement_score, comment_count from marts.top_engaged_followers"
    " where workspace_id = 'acme' and username not like '%zq.%'",
)

HERS = (f"web:{NAME}", f"instagram:{SECOND_NAME}")
Load = Callable[..., None]


@pytest.fixture(scope="module")
def load(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """Loads bytes under a name."""
    folder = tmp_path_factory.mktemp("landed")

    def load_bytes(content: bytes, workspace: str = "acme", name: str = "all") -> None:
        file = folder / f"{name}-{time.monotonic_ns()}.ndjson"
        file.write_bytes(content)
        assert warehouse("load", file, "-w", workspace).code in (0, 4)

    return load_bytes


@pytest.fixture(scope="module")
def built(warehouse: Console, session: psycopg.Connection, load: Load) -> Iterator[Console]:
    """A warehouse that knows her in every relation of raw."""
    load(delivery(), name=NAME)
    load(delivery(), workspace="other")
    for statement in PLANTS:
        session.execute(
            statement,
            {"id": ID, "name": NAME, "other": OTHER, "key": natural_key("acme", "web", ID)},
        )
    assert warehouse("run", "--accept").code in (0, 4)
    session.execute(ARCHIVED, {"id": ID, "key": natural_key("acme", "web", ID)})
    with pytest.raises(psycopg.Error):
        session.execute(f"select '{ID}'::integer".encode())
    assert ID in server.status().log.read_text()
    (state.home() / schedules.LOG).write_text(f"{NAME}.csv: 2 records were rejected\n")
    session.execute("analyze")
    yield warehouse
    (state.home() / erased.FILE).unlink(missing_ok=True)


def totals(session: psycopg.Connection) -> list[list[Any]]:
    """Return the totals that an erasure leaves as they are."""
    return [sorted(session.execute(each.encode()).fetchall(), key=str) for each in TOTALS]


def found(session: psycopg.Connection) -> list[traces.Trace]:
    """Return the traces of what was planted, but for another workspace and another platform."""
    places = traces.find(session, state.home(), PLANTED)
    return [each for each in places if not _is_elsewhere(session, each.place)]


def _is_elsewhere(session: psycopg.Connection, place: str) -> bool:
    """Return whether a column holds the values in rows of others alone."""
    if "/" in place:
        return False
    schema, table, column = place.removeprefix(traces.STATISTICS).split(".")
    rows = session.execute(
        sql.SQL("select to_jsonb(found), found.{}::text from {} as found").format(
            sql.Identifier(column), sql.Identifier(schema, table)
        )
    ).fetchall()
    return not any(
        content.get("platform") != "tiktok"
        and (content.get("workspace_id") or of_load(session, content.get("load_id"))) != "other"
        for content, value in rows
        if any(each.lower() in _without_others(value or "") for each in PLANTED)
    )


def _without_others(value: str) -> str:
    """Return a value without names that only begin as hers does."""
    return value.lower().replace(f"{NAME}s", "").replace(f"{NAME}-2", "")


def of_load(session: psycopg.Connection, load_id: int | None) -> str | None:
    """Return the workspace of a load."""
    row = session.execute(
        "select workspace_id from raw.loads where load_id = %s", (load_id,)
    ).fetchone()
    return None if row is None else str(row[0])


def test_a_dry_run_changes_nothing(built: Console, session: psycopg.Connection) -> None:
    before = totals(session), found(session)
    said = built("privacy", "erase", *HERS, "-w", "acme", "--dry-run")
    assert said.code == 0
    assert f"{NAME} (web), {SECOND_NAME} (instagram), acme: an erasure would be" in said.out
    assert said.out.endswith("It cannot be taken back. Nothing was changed.\n")
    assert (totals(session), found(session)) == before
    assert session.execute("select 1 from raw.erased_values").fetchone() is None


def test_an_account_that_a_seed_names_is_refused(
    built: Console, session: psycopg.Connection
) -> None:
    session.execute(
        "insert into seeds.own_accounts (workspace_id, platform, platform_user_id)"
        " values ('acme', 'web', %s)",
        (ID,),
    )
    try:
        sentence = built.fails("privacy", "erase", "web", NAME, "-w", "acme", code=2)
        assert sentence.startswith("seeds/own_accounts.csv names this account; remove its row")
    finally:
        session.execute("delete from seeds.own_accounts where platform_user_id = %s", (ID,))


@pytest.fixture(scope="module")
def dump(built: Console, target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup from before the erasure."""
    assert built
    file = tmp_path_factory.mktemp("backup") / "before.dump"
    program = str(server.bin_dir() / "pg_dump")
    arguments = ["--format=custom", "--no-owner", f"--file={file}", target.dbname]
    postgres(target, program, *arguments)
    return file


def postgres(target: Target, program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs against the server of the tests."""
    environment = {
        "PGHOST": str(target.host),
        "PGPORT": str(target.port),
        "PGUSER": target.user,
        "PGPASSWORD": target.password,
    }
    subprocess.run([program, *arguments], env={**os.environ, **environment}, check=True)


@pytest.fixture(scope="module")
def before(session: psycopg.Connection, built: Console, dump: Path) -> list[list[Any]]:
    """The totals before the erasure."""
    assert built
    assert dump.exists()
    return totals(session)


def killed(target: Target, session: psycopg.Connection, hold: str, *words: str) -> None:
    """Start a command, kill it where a lock of ours holds it."""
    with target.connect() as other:
        other.execute(hold.encode())
        running = process(target, "privacy", *words)
        reached = (
            "select 1 from pg_locks where not granted and pid <> pg_backend_pid()"
            " and relation is not null"
        )
        until = time.monotonic() + 120
        while not session.execute(reached).fetchone():
            assert running.poll() is None, ended(target, running)
            assert time.monotonic() < until
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
        running.wait()
        other.rollback()


def test_a_killed_erasure_is_finished_and_nothing_is_published_before(
    built: Console,
    target: Target,
    session: psycopg.Connection,
    load: Load,
    before: list[list[Any]],
) -> None:
    words = ("erase", *HERS, "--workspace", "acme")
    killed(target, session, "lock table raw.posts in share mode", *words)
    assert list(erased.unfinished(session).values()) == ["acme"] * 2
    sentence = built.fails("run")
    assert sentence.startswith(
        "An erasure has begun and not ended. `warehouse privacy reapply`"
    )
    load(line(50, id="zq-comment-50", actor_id=ID, text="zqtext late"))
    killed(target, session, "lock table core.daily_totals in share mode", "reapply")
    assert list(erased.unfinished(session).values()) == ["acme"] * 2
    said = built("privacy", "reapply")
    assert (said.code, said.err) == (0, ""), said
    assert said.out == "0 accounts were erased again; erasures of 2 were finished.\n"
    assert found(session) == []
    assert totals(session) == before
    assert built("privacy", "reapply").out.startswith("No erasure is missing or unfinished")


def test_the_account_is_nowhere_and_what_others_wrote_stays(
    built: Console, session: psycopg.Connection
) -> None:
    assert built.fails("privacy", "export", "web", NAME, "-w", "acme", "--dry-run").startswith(
        "Nobody is known as"
    )
    texts = session.execute(
        "select text from raw.interactions where workspace_id = 'acme' and actor_id = %s"
        " and text is not null order by native_id",
        (OTHER,),
    ).fetchall()
    assert texts == [(f"hi @{ERASED}, {ERASED}!",), ("yes",), (f"{NAME}s is not {NAME}-2",)]
    (parent,) = session.execute(
        "select parent_id from raw.interactions where native_id = 'xv-4'"
        " and workspace_id = 'acme'"
    ).fetchall()[0]
    assert session.execute(
        "select actor_id, text, payload from raw.interactions where native_id = %s", (parent,)
    ).fetchall() == [(None, None, None)]
    labels = session.execute(
        "select lbl.text_fingerprint = md5(itr.text) from raw.labels as lbl"
        " inner join raw.interactions as itr using (workspace_id, platform, native_id)"
        " where workspace_id = 'acme'"
    ).fetchall()
    assert labels == [(True,)] * 3
    others = session.execute(
        "select workspace_id, platform, username from marts.followers where username = %s",
        (NAME,),
    ).fetchall()
    assert sorted(others) == [
        ("acme", "tiktok", NAME),
        ("other", "tiktok", NAME),
        ("other", "web", NAME),
    ]


def test_deliveries_of_the_same_again_add_nothing_and_bring_nobody_back(
    built: Console, session: psycopg.Connection, load: Load, before: list[list[Any]]
) -> None:
    load(delivery(1), name="again")
    n_in, n_suppressed = session.execute(
        "select n_in, n_suppressed from raw.loads order by load_id desc limit 1"
    ).fetchall()[0]
    assert (n_in, n_suppressed) == (17, 7)
    load(line(1, id="zq-comment-1", actor_id=None, text=None, retracted=True))  # by id alone
    assert built("run", "--accept").code in (0, 4)
    assert found(session) == []
    assert totals(session) == before
    assert built("rebuild", "--accept").code in (0, 4)
    assert totals(session) == before
    assert found(session) == []


def test_another_key_would_not_recognise_them(
    built: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.ndjson"
    file.write_bytes(line(90, actor_id="new"))
    monkeypatch.setenv(key.VARIABLE, "another key of thirty-two letters")
    sentence = built.fails("load", file, "-w", "acme")
    assert sentence.startswith("People were erased from this warehouse under another key")


def test_a_backup_brings_nobody_back(
    dump: Path, target: Target, session: psycopg.Connection, before: list[list[Any]]
) -> None:
    """Restored by pg_restore, it publishes nothing until the erasure is done again."""
    restored = "restored_erased"
    with target.connect(dbname="postgres", autocommit=True) as admin:
        admin.execute(f"drop database if exists {restored} with (force)".encode())
        admin.execute(f"create database {restored}".encode())
    postgres(
        target,
        str(server.bin_dir() / "pg_restore"),
        "--no-owner",
        f"--dbname={restored}",
        str(dump),
    )
    assert session
    old = replace(target, dbname=restored)
    warehouse = Console(old)
    with old.connect(autocommit=True) as other:
        assert found(other) != []
        sentence = warehouse.fails("run")
        assert sentence.startswith("This database is older than an erasure: people who were")
        said = warehouse("privacy", "reapply")
        assert said.code == 0, said
        assert said.out == "2 accounts were erased again; erasures of 0 were finished.\n"
        assert found(other) == []
        assert totals(other) == before
        assert warehouse("run", "--accept").code in (0, 4)


def test_the_log_holds_hashes_alone_and_survives_a_torn_line() -> None:
    path = state.home() / erased.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    whole = path.read_bytes()
    known = erased.log()
    assert len(known) == 1
    path.write_bytes(whole + b'{"warehouse":"torn')
    assert erased.log() == known
    erased.append(known)
    assert path.read_bytes() == whole * 2
    path.write_bytes(whole)


def test_another_log_is_told_apart_by_its_accounts(built: Console, tmp_path: Path) -> None:
    (known,) = erased.log()
    file = tmp_path / "other.log"
    words = ("privacy", "reapply", "--from", file, "--dry-run")
    elsewhere = msgspec.structs.replace(known, warehouse="another")
    file.write_bytes(msgspec.json.encode(elsewhere) + b"\n")
    assert built(*words).out.startswith("No erasure is missing or unfinished")
    unknown = msgspec.structs.replace(elsewhere, account="ab" * 32)
    file.write_bytes(msgspec.json.encode(unknown) + b"\n")
    assert built(*words).out == (
        "2 accounts would be erased again; erasures of 0 would be finished.\n"
    )
    file.write_bytes(b"no log\n")
    assert "other.log is damaged" in built.fails(*words)
