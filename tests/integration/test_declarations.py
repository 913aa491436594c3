"""A declaration is part of what identifies a load, so a forgotten one can be made later."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import psycopg
from command_line import GOOD, NAIVE, Console
from reported import publish

from loaders.landing import Load, Source, land
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.registry import recognise

COMMENTS = """\
Date,Link,Message
2026-03-01 10:00:00,https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7000000000,Nice
2026-03-02 10:00:00,https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7000000000,Nice
"""


def test_a_forgotten_account_is_made_up_for(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "Comments.csv"
    path.write_text(COMMENTS)
    first = warehouse("load", path, "-w", "forgot")
    assert first.code == 0
    assert (
        "2 interactions of the exporting account, whose name is not in "
        "linkedin_comments_csv: load the same again with --account NAME."
    ) in first.out
    assert "same as load" in warehouse("load", path, "-w", "forgot").out
    second = warehouse("load", path, "-w", "forgot", "--account", "me")
    assert (second.code, "--account" in second.out) == (0, False)
    for again in (("--account", "me"), ()):  # one that says less adds nothing
        assert "same as load" in warehouse("load", path, "-w", "forgot", *again).out
    rows = session.execute(
        "select account, array_agg(actor_id), array_agg(native_id order by line_no)"
        " from raw.loads inner join raw.interactions using (load_id)"
        " where raw.loads.workspace_id = 'forgot' group by load_id order by load_id"
    ).fetchall()
    (_, nobody, ids), (account, somebody, same_ids) = rows
    assert (nobody, account, somebody) == ([None, None], "me", ["me", "me"])
    assert ids == same_ids


def test_a_forgotten_time_zone_is_made_up_for(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "naive.ndjson"
    path.write_bytes(NAIVE + GOOD + NAIVE.replace(b'"type":"like"', b'"type":7'))
    first = warehouse("load", path, "-w", "zoneless")
    assert first.code == 4
    assert "load the same again with --timezone, like --timezone Europe/Berlin" in first.out
    second = warehouse("load", path, "-w", "zoneless", "--timezone", "Europe/Berlin")
    assert second.code == 4
    open_rejects = session.execute(
        "select timezone, line_no from raw.rejects inner join raw.loads using (load_id)"
        " where workspace_id = 'zoneless' and replay_load_id is null"
    ).fetchall()
    assert open_rejects == [("Europe/Berlin", 3)]
    assert "same as load" in warehouse("load", path, "-w", "zoneless").out


def test_what_a_name_declares_tells_loads_apart(session: psycopg.Connection) -> None:
    def load(name: str, options: dict[str, str] | None = None) -> Load:
        with Document.spool(io.BytesIO(GOOD), name) as document:
            _, fmt = recognise(document)
            scoped = msgspec.structs.replace(fmt, declares=lambda source, _: {"place": source})
            source = Source(workspace="scoped", platform="generic", options=options)
            return land(session, document, scoped, source, Context())

    assert [load(name).is_new for name in ("one", "two", "one")] == [True, True, False]
    assert [load("one", {"odd": n}).is_new for n in ("x", "y", "x")] == [True, True, False]


CHANNEL = """\
AuthorID,Author,Date,Content,Attachments,Reactions
700000000000000001,ann,2026-03-01T10:00:00+00:00,hello,,
700000000000000002,bob,2026-03-01T10:01:00+00:00,hello,,
"""


def test_a_load_that_moves_to_another_channel_takes_its_former_messages_back(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    for folder in ("pond", "shore"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.csv").write_text(CHANNEL)

    def standing() -> list[tuple[str, int]]:
        return session.execute(
            "select distinct on (native_id) post_id, is_retracted from raw.interactions"
            " where workspace_id = 'moved' order by native_id, load_id desc"
        ).fetchall()

    both = warehouse("load", tmp_path, "-w", "moved")
    assert (both.code, "same as load" in both.out) == (0, False)
    moved = "700000000000000003"
    assert warehouse("load", tmp_path / "pond", "-w", "moved", "--account", moved).code == 0
    channels = sorted(channel for channel, is_retracted in standing() if not is_retracted)
    assert channels == [moved, moved, "shore", "shore"]
    assert sum(is_retracted for _, is_retracted in standing()) == 2
    for again in (("--account", moved), ()):
        said = warehouse("load", tmp_path / "pond", "-w", "moved", *again)
        assert "same as load" in said.out
    assert "same as load" in warehouse("load", tmp_path / "shore", "-w", "moved").out


def test_a_load_that_cannot_read_a_record_leaves_what_a_replay_read(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    path = tmp_path / "comments.csv"
    path.write_text(
        "Channel ID,Comment Create Timestamp,Comment ID,Comment Text\n"
        ",2026-03-01T10:00Z,Ug0,hi\n,2026-03-01T10:00,Ug1,hi\n"
    )
    assert warehouse("load", path, "-w", "replayed").code == 4
    options = ("--reason", "naive_time", "--replay", "--timezone", "Europe/Berlin")
    assert warehouse("rejects", *options).code == 0
    assert warehouse("load", path, "-w", "replayed", "--account", "me").code == 4
    rows = session.execute(
        "select actor_id, is_retracted from raw.interactions where workspace_id = 'replayed'"
        " and native_id = 'comment:Ug1'"
    ).fetchall()
    assert rows == [(None, False)]
    whole = ("--account", "me", "--timezone", "Europe/Berlin")
    assert warehouse("load", path, "-w", "replayed", *whole).code == 0
    rows = session.execute(
        "select native_id, actor_id, is_retracted from raw.interactions"
        " where workspace_id = 'replayed' and native_id = 'comment:Ug1' order by load_id"
    ).fetchall()
    assert rows == [("comment:Ug1", None, False), ("comment:Ug1", "me", False)]


def test_what_was_forgotten_completes_and_doubles_nothing(
    warehouse: Console, session: psycopg.Connection, tmp_path: Path
) -> None:
    """Before a run, between two runs, and by a load that says less."""
    comments, naive = tmp_path / "Comments.csv", tmp_path / "naive.ndjson"
    comments.write_text(COMMENTS)
    naive.write_bytes(NAIVE)
    me, zone = ("--account", "me"), ("--timezone", "Europe/Berlin")
    publish(
        warehouse,
        {
            "before": [[comments], [comments, *me], [comments]],
            "between": [[comments]],
            "zone": [[naive], [naive, *zone]],
        },
    )
    publish(warehouse, {"between": [[comments, *me]]})
    rows = session.execute(
        "select workspace_id, sum(sign)::int,"
        " (sum(sign) filter (where follower_id is not null))::int,"
        " (min(occurred_at) filter (where sign > 0) at time zone 'UTC')::text"
        " from core.interaction_ledger where workspace_id in ('before', 'between', 'zone')"
        " group by workspace_id order by workspace_id"
    ).fetchall()
    assert rows == [
        ("before", 2, 2, "2026-03-01 10:00:00"),
        ("between", 2, 2, "2026-03-01 10:00:00"),
        ("zone", 1, 1, "2026-03-01 09:00:00"),
    ]
