"""A replay of rejects lands each record once, within its document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from direct_landing import land_bytes, line, stored
from platform_files import FIXTURES

from loaders.parsing.formats import Context
from loaders.records import MAX_RECORD_BYTES, MAX_REJECT_BYTES
from warehouse import rejects
from warehouse.loading import Declared


def replay(
    session: psycopg.Connection, workspace: str, reason: str | None = None, **declared: str
) -> list[tuple[int, int, int]]:
    """Try a workspace's open rejects again: how many were tried, landed and cut, by load."""
    loads = session.execute(
        "select load_id from raw.loads where workspace_id = %s", (workspace,)
    )
    ours = {load_id for (load_id,) in loads}
    said = Declared("", None, declared.get("account"), declared.get("timezone"))
    return [
        (found.tried, found.landed, found.cut)
        for found in rejects.replay(session, reason, said)
        if found.load_id in ours
    ]


def open_rejects(session: psycopg.Connection, workspace: str) -> list[tuple[str, bytes]]:
    """Reason and bytes of what is still rejected."""
    return session.execute(
        "select reason, raw from raw.rejects inner join raw.loads using (load_id)"
        " where workspace_id = %s and replay_load_id is null order by load_id, line_no",
        (workspace,),
    ).fetchall()


def texts(session: psycopg.Connection, workspace: str) -> list[str]:
    """The texts of a workspace's interactions."""
    rows = session.execute(
        "select text from raw.interactions where workspace_id = %s order by text", (workspace,)
    )
    return [text for (text,) in rows]


@pytest.fixture
def clean(session: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A database in which only the test's own rejects are open."""
    session.execute(
        "update raw.rejects set replay_load_id = load_id where replay_load_id is null"
    )
    yield session


NAIVE = "2026-03-01T10:00:00"


def test_a_replay_lands_what_a_time_zone_was_missing_for(clean: psycopg.Connection) -> None:
    content = line(1) + line(2, occurred_at=NAIVE) + line(3, id="") + line(4, occurred_at=NAIVE)
    assert land_bytes(clean, "naive", content, context=Context()).n_rejected == 3
    before = stored(clean, "naive"), open_rejects(clean, "naive")
    assert replay(clean, "naive") == [(3, 0, 0)]
    assert replay(clean, "naive", "invalid_id", timezone="Europe/Berlin") == [(1, 0, 0)]
    assert (stored(clean, "naive"), open_rejects(clean, "naive")) == before
    assert replay(clean, "naive", "naive_time", timezone="Europe/Berlin") == [(2, 2, 0)]
    assert open_rejects(clean, "naive") == [("invalid_id", line(3, id="").rstrip())]
    row = clean.execute(
        "select int.occurred_at, lds.replay_of is not null, lds.timezone, lds.n_in, lds.run_seq"
        " from raw.interactions as int inner join raw.loads as lds using (load_id)"
        " where int.workspace_id = 'naive' and int.native_id = 'c4'"
    ).fetchone()
    assert row == (datetime(2026, 3, 1, 9, tzinfo=UTC), True, "Europe/Berlin", 2, None)
    assert replay(clean, "naive", timezone="Europe/Berlin") == [(1, 0, 0)]


def test_a_replay_may_land_a_part(clean: psycopg.Connection) -> None:
    content = line(1, occurred_at=NAIVE) + line(2, id="")
    land_bytes(clean, "part", content, context=Context())
    assert replay(clean, "part", timezone="UTC") == [(2, 1, 0)]
    assert open_rejects(clean, "part") == [("invalid_id", line(2, id="").rstrip())]
    after = stored(clean, "part")
    assert replay(clean, "part", timezone="UTC") == [(1, 0, 0)]
    assert stored(clean, "part") == after


def test_records_of_a_document_are_replayed_within_it(clean: psycopg.Connection) -> None:
    def message(number: int, **more: object) -> dict[str, object]:
        said = {"type": "Default", "timestamp": NAIVE, "author": {"id": "7", "name": "Ada"}}
        return {"id": str(number), "content": f"message {number}", **said, **more}

    export = {
        "guild": {"id": "9", "name": "Garden"},
        "messages": [message(1), message(2, timestamp="noon"), message(3)],
        "channel": {"id": "5", "name": "general"},
    }
    pretty = json.dumps(export, indent=2).encode()
    assert land_bytes(clean, "discord", pretty, context=Context()).n_rejected == 3
    assert replay(clean, "discord", timezone="UTC") == [(3, 2, 0)]
    assert texts(clean, "discord") == ["message 1", "message 3"]
    posts = clean.execute(
        "select distinct post_id, community_id from raw.posts where workspace_id = 'discord'"
    )
    assert posts.fetchall() == [("5", "9")]
    ((reason, raw),) = open_rejects(clean, "discord")
    assert (reason, json.loads(raw)["id"]) == ("invalid_time", "2")
    assert replay(clean, "discord", timezone="UTC") == [(1, 0, 0)]


def test_csv_records_are_replayed_below_their_header(clean: psycopg.Connection) -> None:
    content = (FIXTURES / "youtube/invalid/naive_time.local.csv").read_bytes()
    assert land_bytes(clean, "csv", content, context=Context()).n_rejected == 1
    assert replay(clean, "csv", timezone="UTC") == [(1, 1, 0)]
    assert texts(clean, "csv") == ["fine", "fine", "text"]


def test_parts_of_one_item_are_replayed_together(
    clean: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change(number: int, created: object, **more: object) -> dict[str, object]:
        said = {"item": "comment", "verb": "add", "post_id": "1_2", "message": str(number)}
        person = {"from": {"id": "7", "name": "Ada"}, "comment_id": f"1_{number}"}
        value: dict[str, object] = {**said, **person, "created_time": created}
        return {"field": "feed", "value": value | more}

    changes = [
        change(1, 1772359200),
        change(2, 9_999_999_999),
        change(3, 9_999_999_999),
        change(4, 1772359200, comment_id=""),
    ]
    body = json.dumps({"object": "page", "entry": [{"id": "1", "changes": changes}]}).encode()
    assert land_bytes(clean, "webhook", body).n_rejected == 3
    before = stored(clean, "webhook")
    assert replay(clean, "webhook", "time_out_of_range") == [(3, 0, 0)]
    assert stored(clean, "webhook") == before
    monkeypatch.setattr("loaders.parsing.times.YEARS", range(1990, 2300))
    assert replay(clean, "webhook", "time_out_of_range") == [(3, 2, 0)]
    assert sorted(set(texts(clean, "webhook"))) == ["1", "2", "3"]
    ((reason, raw),) = open_rejects(clean, "webhook")
    assert (reason, json.loads(raw)["value"]["message"]) == ("missing_field", "4")


def test_identical_messages_stay_several_in_a_replay(clean: psycopg.Connection) -> None:
    """Without ids two equal comments are told apart by their place alone."""
    comment = {"username": "ada", "nickname": "Ada", "comment": "❤", "create_time": NAIVE}
    other = {**comment, "comment": "!"}
    scrape = {
        "caption": "A video",
        "video_url": "https://www.tiktok.com/@kettle/video/7613438614168352650",
        "comments": [
            {**comment, "replies": [other, other]},
            comment,
            {**comment, "replies": [other, other]},
            comment,
        ],
    }
    content = json.dumps(scrape).encode()
    land_bytes(clean, "at once", content)
    assert land_bytes(clean, "later", content, context=Context()).n_rejected == 8
    assert replay(clean, "later", timezone="UTC") == [(8, 8, 0)]
    keys = "select native_id from raw.interactions where workspace_id = %s order by 1"
    at_once = clean.execute(keys, ("at once",)).fetchall()
    assert len(set(at_once)) == 8
    assert clean.execute(keys, ("later",)).fetchall() == at_once


def test_what_was_not_kept_whole_is_not_replayed(clean: psycopg.Connection) -> None:
    large = line(1, text="x" * MAX_RECORD_BYTES)
    content = large + line(2, occurred_at=NAIVE)
    assert land_bytes(clean, "cut", content, context=Context()).n_rejected == 2
    assert replay(clean, "cut", timezone="UTC") == [(1, 1, 1)]
    assert open_rejects(clean, "cut") == [("too_large", large[:MAX_REJECT_BYTES])]
    assert replay(clean, "cut", timezone="UTC") == [(0, 0, 1)]
    assert texts(clean, "cut") == [None]
