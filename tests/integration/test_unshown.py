"""Counted reactions reach the marts, and a run reports those that reach none."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from command_line import Console, Said

MESSAGE: dict[str, Any] = {"platform": "discord", "post_id": "message:1"}
RECORDS: list[dict[str, Any]] = [
    {"record": "post", "platform": "discord", "post_id": "c1", "type": "GuildTextChat"},
    *(
        {
            "record": "interaction",
            "platform": "discord",
            "id": f"message:{number}",
            "type": "message",
            "actor_id": "ann",
            "post_id": "c1",
            "occurred_at": f"2026-03-02T10:0{number}:00Z",
            "text": f"text {number}",
        }
        for number in (1, 2)
    ),
    *(
        {
            "record": "interaction",
            "platform": "discord",
            "id": f"reaction:{number}",
            "type": "reaction",
            "actor_id": f"fan{number}",
            "post_id": "c1",
            "parent_id": f"message:{1 if number < 3 else 2}",
            "occurred_at": None,
        }
        for number in range(7)
    ),
    {"record": "post", **MESSAGE, "type": "message"},
    {"record": "counter", **MESSAGE, "metric": "reaction:👍", "value": 30},
    {"record": "counter", **MESSAGE, "metric": "reaction:🎉", "value": 7},
    {"record": "counter", **MESSAGE, "metric": "echoes", "value": 2},
]


@pytest.fixture(scope="module")
def said(warehouse: Console, tmp_path_factory: pytest.TempPathFactory) -> Said:
    """What a run says of a channel with counted and named reactions."""
    file = tmp_path_factory.mktemp("landed") / "chat.ndjson"
    file.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    assert warehouse("load", file, "-w", "acme").code == 0
    return warehouse("run", "--accept")


def test_the_larger_number_decides_and_both_are_shown(
    said: Said, session: psycopg.Connection
) -> None:
    assert said.code == 0, said
    ((top, named, reported, best, of_day),) = session.execute(
        "select top_messages, message_reaction_count, reported_message_reaction_count,"
        " best_message_reaction_count, reaction_count from marts.daily_highlights"
    ).fetchall()
    shown = [
        (message["text"], message["reaction_count"], message["reported_reaction_count"])
        for message in top
    ]
    assert shown == [("text 1", 3, 37), ("text 2", 4, None)]
    assert (named, reported, best, of_day) == (7, 37, 41, None)


def test_coverage_of_a_message_can_be_read(said: Said, session: psycopg.Connection) -> None:
    found = session.execute(
        "select observed_count, reported_count from marts.interaction_coverage"
        " where interaction_type = 'reaction' order by observed_count"
    ).fetchall()
    assert found == [(3, 37), (4, None)]
    posts = session.execute("select external_post_id from marts.content_posts").fetchall()
    assert posts == [("c1",)]


def test_a_run_says_what_no_mart_shows(said: Said, session: psycopg.Connection) -> None:
    assert "1 reported numbers of 1 name without a type: echoes 1." in said.out + said.err
    found = session.execute("select kind, native_name from marts.unshown_records").fetchall()
    assert found == [("unmapped_counter", "echoes")]
