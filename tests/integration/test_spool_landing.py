"""Segments land once, in order, whatever happens in between; the database may be down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from direct_landing import stored
from spool_process import recorded

from warehouse import rejects
from warehouse.connection import Target
from warehouse.spool import Lander, Limits, Record, Spool, landing
from warehouse.web.tracking import check, record_of

QUICK = Limits(segment_seconds=0.02)


def tracked(workspace: str, *items: dict[str, Any]) -> Record:
    """Return the record of one answered request."""
    kept, errors = check([msgspec.json.encode(item) for item in items])
    assert not errors
    return record_of(workspace, kept)


def view(event_id: str | None = None, user_id: str | None = None) -> dict[str, Any]:
    """Return a tracked view."""
    item = {"interaction_type": "view", "post_id": "p1", "user_id": user_id}
    return item if event_id is None else item | {"event_id": event_id}


def update(number: int) -> bytes:
    """Return an update of a Telegram bot."""
    return msgspec.json.encode(
        {
            "update_id": number,
            "message": {
                "message_id": number,
                "date": 1_780_000_000,
                "chat": {"id": -1, "type": "group", "title": "Workshop"},
                "from": {"id": 5, "is_bot": False, "first_name": "Ada"},
                "text": "hello",
            },
        }
    )


def telegram(workspace: str, body: bytes) -> Record:
    """Return the record of one webhook."""
    return Record(workspace, "telegram", "bot_update_json", body)


async def land(
    folder: Path, connect: Callable[[], psycopg.Connection], records: list[Record]
) -> Lander:
    """Append records and land them; return the lander, which has ended."""
    async with Spool(folder, QUICK) as spool:
        lander = Lander(spool, connect)
        running = asyncio.create_task(lander.run())
        for record in records:
            await spool.append(record)
        while spool.size and not running.done():
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await lander.finish()
    return lander


def test_a_segment_that_lands_again_adds_nothing(session: psycopg.Connection) -> None:
    records = [
        tracked("twice", view("e1"), view()),
        tracked("twice", view("e2"), view()),
        telegram("twice", update(1)),
        telegram("twice", update(1)),
    ]
    first = landing.land_records(session, records, "spool/1")
    before = stored(session, "twice")
    assert [load.is_new for _, load in first] == [True, True, False]
    again = landing.land_records(session, records, "spool/1")
    assert [load.is_new for _, load in again] == [False] * 3
    assert stored(session, "twice") == before
    keys = session.execute(
        "select count(*), count(distinct native_id) from raw.interactions"
        " where workspace_id = 'twice' and platform = 'product'"
    ).fetchone()
    assert keys == (4, 4)


def test_the_same_body_in_another_segment_adds_nothing(session: psycopg.Connection) -> None:
    landing.land_records(session, [telegram("repeat", update(1))], "spool/1")
    before = stored(session, "repeat")
    ((_, load),) = landing.land_records(session, [telegram("repeat", update(1))], "spool/2")
    assert (load.is_new, stored(session, "repeat")) == (False, before)


def test_it_waits_for_a_database_that_is_down(
    target: Target, session: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "FIRST_PAUSE", 0.01)
    attempts: list[int] = []

    def connect() -> psycopg.Connection:
        attempts.append(len(attempts))
        if len(attempts) < 4:
            raise psycopg.OperationalError("the server does not answer")
        opened = target.connect(autocommit=True)
        if len(attempts) == 4:  # it dies once more, with the connection open
            opened.execute("select 1")
            opened.close()
        return opened

    records = [tracked("down", view(f"e{number}")) for number in range(50)]
    lander = asyncio.run(land(tmp_path / "spool", connect, records))
    assert len(attempts) >= 5
    assert (lander.landed_count, lander.problem) == (50, None)
    assert stored(session, "down")["interactions"] == 50
    assert recorded(tmp_path / "spool") == []


def test_what_a_crash_left_is_landed_at_the_next_start(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    """Also where the crash came between the commit and the removal of the segment."""
    folder = tmp_path / "spool"

    async def leave() -> None:
        async with Spool(folder) as spool:
            await spool.append(tracked("left", view("e1")))
            await spool.append(tracked("left", view("e2")))

    asyncio.run(leave())
    (path,) = folder.glob("*.segment")
    content = path.read_bytes()
    path.write_bytes(content[:-1])  # the last was never answered
    asyncio.run(land(folder, lambda: target.connect(autocommit=True), []))
    assert stored(session, "left")["interactions"] == 1
    path.write_bytes(content[:-1])
    asyncio.run(land(folder, lambda: target.connect(autocommit=True), []))
    assert stored(session, "left") == {"loads": 1, "interactions": 1}


def test_people_who_opted_out_are_counted_and_not_stored(
    target: Target, session: psycopg.Connection, tmp_path: Path
) -> None:
    for actor, decision in (("u1", "opted_out"), ("u2", "erased"), ("u3", "vip")):
        session.execute(
            "insert into raw.decisions (workspace_id, platform, actor_id, decision)"
            " values ('private', 'product', %s, %s)",
            (actor, decision),
        )
    items = [view(f"e{user}", user) for user in ("u1", "u2", "u3", "u1")] + [view("e0")]
    records = [tracked("private", *items), tracked("open", view("e1", "u1"))]
    lander = asyncio.run(
        land(tmp_path / "spool", lambda: target.connect(autocommit=True), records)
    )
    assert (lander.landed_count, lander.suppressed_count) == (3, 3)
    counted = session.execute(
        "select n_in, n_landed, n_rejected, n_suppressed from raw.loads"
        " where workspace_id = 'private'"
    ).fetchall()
    assert counted == [(5, 2, 0, 3)]
    found = session.execute(
        "select actor_id from raw.interactions where workspace_id = 'private' order by 1"
    ).fetchall()
    assert found == [("u3",), (None,)]


def test_records_of_others_in_the_same_body_stay(session: psycopg.Connection) -> None:
    session.execute(
        "insert into raw.decisions (workspace_id, platform, actor_id, decision)"
        " values ('chat', 'telegram', 'user5', 'opted_out')"
    )
    ((_, load),) = landing.land_records(session, [telegram("chat", update(1))], "spool/1")
    assert (load.n_in, load.n_suppressed) == (1, 1)
    assert stored(session, "chat") == {"loads": 1}


@pytest.mark.parametrize(
    "body", [b"hello", b"{}", b"[]", b"7", b"{", b"\xff", b"\x1f\x8bx", b'{"entry":']
)
@pytest.mark.parametrize(
    ("platform", "name"),
    [
        ("facebook", "page_webhook_json"),
        ("instagram", "instagram_webhook_json"),
        ("linear", "linear_webhook_json"),
        ("telegram", "bot_update_json"),
        ("product", "segment_json"),
        ("product", "posthog_json"),
        ("generic", "exchange_ndjson"),
    ],
)
def test_what_cannot_be_read_is_a_reject(
    session: psycopg.Connection, platform: str, name: str, body: bytes
) -> None:
    with session.transaction(force_rollback=True):
        ((_, load),) = landing.land_records(
            session, [Record("rejects", platform, name, body)], "spool/1"
        )
        if load.n_in == 0:
            assert (platform, name, body) == (platform, name, b"[]")
            return
        assert (load.n_landed, load.n_rejected) == (0, load.n_in)
        kept = session.execute(
            "select raw from raw.rejects where load_id = %s", (load.load_id,)
        ).fetchall()
        assert kept[0][0] in body
        assert all(one.load is None for one in rejects.replay(session, None, None))


def test_a_document_that_cannot_land_leaves_the_others_alone(
    target: Target,
    session: psycopg.Connection,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As one of a later version: it is kept until a start that knows it."""
    records = [
        tracked("defect", view("e1")),
        Record("defect", "product", "of_a_later_version", b"{}"),
        telegram("defect", update(1)),
    ]
    folder = tmp_path / "spool"

    async def work() -> None:
        async with Spool(folder) as spool:
            for record in records:
                await spool.append(record)
            lander = Lander(spool, lambda: target.connect(autocommit=True))
            await lander.finish()
            assert spool.size > 0

    asyncio.run(work())
    assert stored(session, "defect")["loads"] == 2
    assert len(recorded(folder)) == 3
    (told,) = [said for said in caplog.records if "cannot be landed" in said.getMessage()]
    assert "for defect (product)" in told.getMessage()
    assert told.exc_info is None  # which would quote what people wrote
