"""Who opts out is stored no more, and leaves every list before the command ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from command_line import Console
from direct_landing import line

from warehouse import rejects, runs
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.loading import Declared
from warehouse.privacy import key, opting

COMMENTS = 120  # of the account that opts out: the best of all, whose score is a super fan's


@pytest.fixture(scope="module")
def built(
    warehouse: Console, session: psycopg.Connection, tmp_path_factory: pytest.TempPathFactory
) -> Console:
    """A warehouse with a super fan, somebody else and an account of another workspace."""
    folder = tmp_path_factory.mktemp("landed")
    lines = [
        line(number, actor_id="ann", text=f"hello {number}", post_id="p")
        for number in range(COMMENTS)
    ]
    lines.append(line(900, actor_id="bob", post_id="p"))
    names = (("ann", "annika.k"), ("bob", "bobby"))
    for actor_id, username in names:
        lines.append(
            b'{"record":"profile","platform":"web","actor_id":"%s","username":"%s"}\n'
            % (actor_id.encode(), username.encode())
        )
    for workspace in ("acme", "other"):
        file = folder / f"{workspace}.ndjson"
        file.write_bytes(b"".join(lines))
        assert warehouse("load", file, "-w", workspace).code == 0
    session.execute(
        "insert into raw.decisions (workspace_id, platform, actor_id, decision)"
        " values ('acme', 'web', 'ann', 'flagged')"
    )
    assert warehouse("run").code == 0
    return warehouse


@pytest.fixture
def load(built: Console, tmp_path: Path) -> Callable[..., None]:
    """Loads lines into a workspace."""

    def load_lines(*lines: bytes, workspace: str = "acme") -> None:
        file = tmp_path / f"{time.monotonic_ns()}.ndjson"
        file.write_bytes(b"".join(lines))
        assert built("load", file, "-w", workspace).code in (0, 4)

    return load_lines


@pytest.fixture
def is_out(built: Console, session: psycopg.Connection) -> Iterator[None]:
    """The super fan of one workspace has opted out; afterwards opts in again."""
    said = built("privacy", "opt-out", "web", "annika.k", "-w", "acme", "--reason", "mail")
    assert (said.code, said.err) == (0, ""), said
    assert said.out.startswith("annika.k (web), acme: opted out. Deliveries about the account")
    yield
    if opting.is_out(session, Account("acme", "web", "ann")):
        assert built("privacy", "opt-in", "web", "annika.k", "-w", "acme").code == 0


def leaders(session: psycopg.Connection, workspace: str = "acme") -> list[str]:
    """Return who is on the leaderboard."""
    rows = session.execute(
        "select username from marts.top_engaged_followers where workspace_id = %s"
        " order by rank",
        (workspace,),
    )
    return [name for (name,) in rows]


def stored(session: psycopg.Connection, actor_id: str = "ann") -> int:
    """Return how many interactions of an account are stored in the workspace."""
    row = session.execute(
        "select count(*) from raw.interactions where workspace_id = 'acme' and actor_id = %s",
        (actor_id,),
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_a_dry_run_changes_nothing(built: Console, session: psycopg.Connection) -> None:
    said = built("privacy", "opt-out", "web", "annika.k", "-w", "acme", "--dry-run")
    assert said.code == 0
    assert said.out.endswith("Nothing was changed.\n")
    assert leaders(session) == ["annika.k", "bobby"]
    for table in (b"raw.privacy_requests", b"raw.decisions where decision like 'opted%'"):
        assert session.execute(b"select from " + table).fetchone() is None


def test_the_account_leaves_lists_and_stays_in_totals(
    built: Console, session: psycopg.Connection
) -> None:
    def totals() -> list[tuple[object, ...]]:
        return session.execute(
            "select activity_date, interaction_count from marts.daily_activity"
            " where workspace_id = 'acme' and interaction_count > 0"
        ).fetchall()

    def alerts() -> list[tuple[object, ...]]:
        return session.execute(
            "select alert_kind from marts.engagement_alerts where workspace_id = 'acme'"
            " order by alert_kind"
        ).fetchall()

    both = [("review_flag_open",), ("vip_quiet",)]
    before = totals()
    assert leaders(session) == ["annika.k", "bobby"]
    assert alerts() == both
    try:
        assert built("privacy", "opt-out", "web", "annika.k", "-w", "acme").code == 0
        assert leaders(session) == ["bobby"]
        assert alerts() == []
        assert totals() == before
        assert leaders(session, "other") == ["annika.k", "bobby"]
        assert session.execute(
            "select is_eligible, exclusion_reason from marts.followers"
            " where workspace_id = 'acme' and platform_user_id = 'ann'"
        ).fetchone() == (False, "opted_out")
        assert built("rebuild").code == 0
        assert leaders(session) == ["bobby"]
    finally:
        assert built("privacy", "opt-in", "web", "annika.k", "-w", "acme").code == 0
    assert leaders(session) == ["annika.k", "bobby"]
    assert alerts() == both


@pytest.mark.usefixtures("is_out")
def test_later_deliveries_are_counted_and_not_stored(
    load: Callable[..., None], session: psycopg.Connection
) -> None:
    before = stored(session), stored(session, "bob")
    load(
        line(1001, actor_id="ann"),
        line(1002, actor_id="bob"),
        b'{"record":"profile","platform":"web","actor_id":"ann","username":"annika.new"}\n',
        b'{"record":"post","platform":"web","post_id":"hers","author_id":"ann","title":"Me"}\n',
    )
    load(line(1003, actor_id="ann"), workspace="other")
    assert (stored(session), stored(session, "bob")) == (before[0], before[1] + 1)
    counts = session.execute(
        "select n_in, n_landed, n_suppressed from raw.loads where workspace_id = any(%s)"
        " order by load_id desc limit 2",
        (["acme", "other"],),
    ).fetchall()
    assert counts == [(1, 1, 0), (4, 2, 2)]
    assert (
        session.execute("select from raw.profiles where username = 'annika.new'").fetchall()
        == []
    )
    posts = "select author_id, title from raw.posts where post_id = 'hers'"
    assert session.execute(posts).fetchall() == [(None, None)]


def test_a_replay_stores_nothing_either(
    built: Console, load: Callable[..., None], session: psycopg.Connection
) -> None:
    naive = [
        line(number, actor_id=actor, occurred_at="2026-03-01T10:00:00")
        for number, actor in ((1101, "ann"), (1102, "bob"))
    ]
    load(*naive)
    before = stored(session), stored(session, "bob")
    assert built("privacy", "opt-out", "web", "annika.k", "-w", "acme").code == 0
    try:
        (replayed,) = rejects.replay(session, "naive_time", Declared("", timezone="UTC"))
        assert replayed.load is not None
        assert (replayed.load.n_in, replayed.load.n_suppressed) == (2, 1)
        assert (stored(session), stored(session, "bob")) == (before[0], before[1] + 1)
    finally:
        assert built("privacy", "opt-in", "web", "annika.k", "-w", "acme").code == 0


def test_a_load_that_enters_while_the_wish_is_recorded_heeds_it(
    built: Console, target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    """It waits for the wish, although the file was read before."""
    file = tmp_path / "late.ndjson"
    file.write_bytes(line(1201, actor_id="eve") + line(1202, actor_id="bob"))
    codes: list[int] = []
    with target.connect() as other:
        other.execute("lock table raw.loads in share row exclusive mode")
        loading = threading.Thread(
            target=lambda: codes.append(built("load", file, "-w", "acme").code)
        )
        loading.start()
        while not session.execute("select 1 from pg_locks where not granted").fetchone():
            time.sleep(0.01)
        other.execute(
            "insert into raw.decisions (workspace_id, platform, actor_id, decision)"
            " values ('acme', 'web', 'eve', 'opted_out')"
        )
    loading.join()
    assert codes == [0]
    assert stored(session, "eve") == 0


def test_a_load_that_has_entered_ends_first(
    target: Target, session: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, built: Console
) -> None:
    monkeypatch.setattr(opting, "LOAD_SECONDS", 1)
    with target.connect() as other:
        other.execute(
            "insert into raw.loads (workspace_id, platform, format, source_name,"
            " content_sha256) values ('acme', 'web', 'x', 'x', 'x')"
        )
        sentence = built.fails("privacy", "opt-out", "web", "annika.k", "-w", "acme")
        assert sentence.startswith("A load has lasted for more than 1 seconds; nothing was")
        other.rollback()
    assert not opting.is_out(session, Account("acme", "web", "ann"))


def test_another_run_is_waited_for(
    built: Console, session: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it lasts too long, the next run puts the wish into effect."""
    monkeypatch.setattr(opting, "RUN_SECONDS", 0.5)
    with runs.run_lock(session):
        sentence = built.fails("privacy", "opt-out", "web", "bobby", "-w", "acme", code=3)
    assert sentence.endswith("takes effect in lists with the next `warehouse run`.")
    assert opting.is_out(session, Account("acme", "web", "bob"))
    assert built("run", "--accept").code in (0, 4)
    assert leaders(session) == ["annika.k"]
    monkeypatch.setattr(opting, "RUN_SECONDS", 60)
    with runs.run_lock(session):
        console: list[int] = []
        waiting = threading.Thread(
            target=lambda: console.append(
                built("privacy", "opt-in", "web", "bobby", "-w", "acme").code
            )
        )
        waiting.start()
        time.sleep(1.5)
        assert waiting.is_alive()
    waiting.join()
    assert console == [0]
    assert leaders(session) == ["annika.k", "bobby"]


def test_loads_wait_for_a_run_that_checks_them(
    built: Console, load: Callable[..., None], session: psycopg.Connection
) -> None:
    load(line(1301, actor_id="cid"))
    waiting = "select count(*) from raw.loads where run_seq is null"
    before = session.execute(waiting).fetchone()
    assert before is not None
    assert before[0] >= 1
    assert built("privacy", "opt-out", "web", "bobby", "-w", "acme").code == 0
    assert session.execute(waiting).fetchone() == before
    assert built("privacy", "opt-in", "web", "bobby", "-w", "acme").code == 0
    assert built("run", "--accept").code in (0, 4)
    assert "cid" in leaders(session)


def test_an_account_that_nobody_has_seen_can_opt_out(
    built: Console, load: Callable[..., None], session: psycopg.Connection
) -> None:
    words = ("privacy", "opt-out", "web", "fay", "--workspace", "acme")
    assert built.fails(*words).startswith("Nobody is known as fay on web")
    assert built(*words, "--unseen").code == 0
    load(line(1401, actor_id="fay"), line(1402, actor_id="cid"))
    assert stored(session, "fay") == 0
    sentence = built.fails("privacy", "opt-out", "web", "fay", "--unseen", code=2)
    assert sentence.startswith("--unseen needs a platform")


def test_only_who_opted_out_can_opt_in(built: Console) -> None:
    sentence = built.fails("privacy", "opt-in", "web", "annika.k", "-w", "other", code=2)
    assert sentence == "annika.k (web) of other has not opted out; nothing was changed."


@pytest.mark.usefixtures("is_out")
def test_requests_are_kept_and_name_nobody(session: psycopg.Connection) -> None:
    kind, account, reason, is_finished = session.execute(
        "select request_kind, account_hash, reason, finished_at >= requested_at"
        " from raw.privacy_requests order by request_id desc limit 1"
    ).fetchall()[0]
    assert (kind, reason, is_finished) == ("opt_out", "mail", True)
    assert account == key.account_hash(key.key(), "acme", "web", "ann")
    rows = session.execute("select * from raw.privacy_requests").fetchall()
    assert "annika" not in str(rows)
    assert "'ann'" not in str(rows)
    secret = key.key().decode()
    for schema, table in session.execute(
        "select schemaname, tablename from pg_tables where schemaname in ('raw', 'seeds')"
    ).fetchall():
        text = psycopg.sql.SQL("select string_agg(t::text, '') from {} as t").format(
            psycopg.sql.Identifier(schema, table)
        )
        (found,) = session.execute(text).fetchall()[0]
        assert secret not in (found or "")
