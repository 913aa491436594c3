"""A user's own CSV or JSON with a map: what is read, refused and drafted."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from platform_files import apply, landed, rejected

from loaders.exchange import draft as map_draft
from loaders.exchange import mapped, mapping
from loaders.exchange.mapping import Map, MapError
from loaders.parsing.formats import Context
from loaders.reading.documents import Document
from loaders.records import (
    Content,
    Counter,
    Interaction,
    Landed,
    Outcome,
    Post,
    Profile,
    Record,
)

FORUM = """
record = "interaction"
timezone = "Europe/Berlin"
ignored = ["Stars"]

[columns]
"No" = "id"
"Author" = ["actor_id", "profile.display_name"]
"Posted" = "occurred_at"
"Comment" = "text"
"Topic" = "post_id"
"Topic title" = "post.title"
"Mood" = "metadata.mood"

[constants]
platform = "forum"
type = "comment"
"""
ROWS = """No,Author,Posted,Comment,Topic,Topic title,Mood,Stars,Other
1,Ann,27/10/2023 10:00,"calm, green",t1,Moss,good,5,x
2,Bo,06/10/2023,nice,t1,Moss,,4,
"""


def told(text: str, tmp_path: Path) -> Map:
    path = tmp_path / "map.toml"
    path.write_text(text)
    return mapping.read(path)


def outcomes(content: str, read: Map, context: Context | None = None) -> list[Outcome]:
    fmt = mapped.format_for(read, content.encode())
    return apply(content.encode(), fmt, context or Context())


def one_of(found: list[Outcome], kind: type[Record]) -> Iterator[Record]:
    return (record for record in landed(found) if type(record) is kind)


def test_a_map_reads_a_csv(tmp_path: Path) -> None:
    found = outcomes(ROWS, told(FORUM, tmp_path))
    assert not rejected(found)
    first, second = (one for one in landed(found) if isinstance(one, Interaction))
    assert (first.platform, first.native_id, first.native_type) == ("forum", "1", "comment")
    assert (first.text, first.metadata, first.post_id) == (
        "calm, green",
        {"mood": "good"},
        "t1",
    )
    assert first.occurred_at and first.occurred_at.isoformat() == "2023-10-27T08:00:00+00:00"
    assert (first.time_precision, second.time_precision) == ("minute", "day")
    assert second.occurred_at and second.occurred_at.month == 10
    assert [one.display_name for one in landed(found) if isinstance(one, Profile)] == [
        "Ann",
        "Bo",
    ]
    assert [one.title for one in landed(found) if isinstance(one, Post)] == ["Moss"]
    assert isinstance(found[0], Landed)
    assert [remark.field for remark in found[0].notes] == ["Other"]  # Stars is ignored


def test_rows_without_an_id_get_one_and_are_numbered(tmp_path: Path) -> None:
    read = told(FORUM.replace('"No" = "id"', ""), tmp_path)
    row = "1,Ann,27/10/2023 10:00,calm,t1,Moss,,,\n"
    content = ROWS.partition("\n")[0] + "\n" + row + row.replace("1,", "2,", 1)
    first, second = (
        one for one in landed(outcomes(content, read)) if isinstance(one, Interaction)
    )
    assert first.native_id.removesuffix(":1") == second.native_id.removesuffix(":2")
    assert first.key_quality == "derived"


def test_a_bad_row_is_rejected_with_its_bytes(tmp_path: Path) -> None:
    read = told(FORUM, tmp_path)
    found = outcomes(
        ROWS + "3,Cy,yesterday,x,t1,Moss,,,\n6.5E+17,Cy,2023-10-01,x,t1,,,,\n", read
    )
    late, mangled = rejected(found)
    assert (late.reason, mangled.reason) == ("invalid_time", "invalid_id")
    assert late.raw == b"3,Cy,yesterday,x,t1,Moss,,,"
    assert "Posted" in late.detail
    (missing,) = rejected(outcomes("No,Author\n1,Ann\n", read))
    assert "there is no column" in missing.detail


def test_a_map_reads_json_lists_and_lines(tmp_path: Path) -> None:
    read = told(
        'date_format = "epoch ms"\n[columns]\n"id" = "id"\n"user.id" = "actor_id"\n'
        '"user.name" = "profile.username"\n"ts" = "occurred_at"\n"gone" = "retracted"\n'
        '"what" = "type"\n[constants]\nplatform = "web"\n[values.type]\n"Gefällt" = "like"\n',
        tmp_path,
    )
    rows = [
        {"id": 7, "user": {"id": 5, "name": "ann"}, "ts": 1772359200000, "what": "Gefällt"},
        {"id": 8, "user": {"id": 6}, "ts": 1772359200000, "what": "share", "gone": True},
    ]
    as_list = landed(outcomes(json.dumps(rows), read))
    as_lines = landed(outcomes("\n".join(map(json.dumps, rows)), read))
    assert as_list == as_lines
    like, share = (one for one in as_list if isinstance(one, Interaction))
    assert (like.native_id, like.actor_id, like.native_type) == ("7", "5", "like")
    assert like.occurred_at and like.occurred_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert (share.is_retracted, like.is_retracted) == (True, False)
    within = told(
        'list = "items"\n[columns]\nid = "id"\n[constants]\nplatform = "web"\ntype = "x"',
        tmp_path,
    )
    assert len(landed(outcomes('{"page": 1, "items": [{"id": "1"}]}', within))) == 1


def test_other_records(tmp_path: Path) -> None:
    counter = told(
        'record = "counter"\n[columns]\npost = "post_id"\nn = "value"\n'
        '[constants]\nplatform = "web"\nmetric = "likes"\n',
        tmp_path,
    )
    found = outcomes("post,n\np1,12\np2,many\n", counter)
    (one,) = landed(found)
    assert isinstance(one, Counter)
    assert one.value == 12
    assert [out.reason for out in rejected(found)] == ["invalid_count"]
    content = told(
        'record = "content"\n[columns]\nitem = "content_id"\npost = "post_id"\n'
        'subject = "tags.topic"\n[constants]\nplatform = "web"\n',
        tmp_path,
    )
    (item,) = landed(outcomes("item,post,subject\nc1,p1,moss\n", content))
    assert isinstance(item, Content)
    assert (item.posts[0].post_id, item.tags[0].value) == ("p1", "moss")


def test_nobody_is_anonymous(tmp_path: Path) -> None:
    read = told('[columns]\nid = "id"\n[constants]\nplatform = "web"\ntype = "view"', tmp_path)
    (view,) = landed(outcomes("id\n1\n", read))
    assert isinstance(view, Interaction)
    assert (view.actor_id, view.actor_kind, view.time_precision) == (
        None,
        "anonymous",
        "unknown",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[columns", "is not TOML"),
        ("colums = 1", "unknown field `colums`"),
        ('[columns]\na = "actorid"\n[constants]\nplatform="x"\ntype="y"', "'actor_id' is one"),
        ('[columns]\na = "id"', "platform is missing"),
        ('[columns]\na = "id"\nb = "id"', "id comes from 'a' and from 'b'"),
        ('date_format = "dd.mm"\n[constants]\nplatform="x"\ntype="y"', "neither a pattern"),
        ('timezone = "Mars"\n[constants]\nplatform="x"\ntype="y"', "'Mars' is not a time zone"),
        ('[columns]\na = "post.title"\n[constants]\nplatform="x"\ntype="y"', "needs post_id"),
        ('[columns]\na = "type"\n[constants]\nplatform="x"\ntype="y"', "keep one of them"),
        ('[constants]\nplatform="My Forum"\ntype="y"', "correct 'My Forum'"),
        ('record = "thing"', "Invalid enum value 'thing'"),
    ],
)
def test_a_map_that_cannot_be_used_says_why(text: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(MapError, match=r"map\.toml") as caught:
        told(text, tmp_path)
    assert sentence in str(caught.value)


def drafted(content: str, tmp_path: Path) -> tuple[Map, map_draft.Draft]:
    with Document.spool(io.BytesIO(content.encode()), "my.csv") as document:
        found = map_draft.draft(document)
    return told(found.text, tmp_path), found


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_draft_can_be_used_at_once(delimiter: str, tmp_path: Path) -> None:
    content = "Comment ID,User name,Created at,Text,Stars\n1,ann,2026-03-01 10:00,calm,5\n"
    content = content.replace(",", delimiter)
    read, found = drafted(content, tmp_path)
    assert drafted(f"sep={delimiter}\n{content}", tmp_path)[1].text == found.text
    assert read.sources() == {
        "id": "Comment ID", "actor_id": "User name", "profile.username": "User name",
        "occurred_at": "Created at", "text": "Text",
    }  # fmt: skip
    assert read.ignored == ["Stars"]
    assert any("time zone" in question for question in found.questions)
    assert any("Stars" in question for question in found.questions)
    (comment, profile) = landed(outcomes(content, read, Context(timezone=UTC)))
    assert isinstance(comment, Interaction)
    assert isinstance(profile, Profile)
    assert (comment.native_type, comment.actor_id, profile.username) == (
        "comment",
        "ann",
        "ann",
    )


def test_a_draft_tells_how_times_are_written(tmp_path: Path) -> None:
    def lines(*times: str) -> str:
        rows = "".join(f"{number},u,{time},x\n" for number, time in enumerate(times))
        return drafted("id,user_id,when,text\n" + rows, tmp_path)[1].text

    assert 'date_format = "epoch s"' in lines("1772359200")
    assert 'date_format = "epoch ms"' in lines("1772359200123")
    assert "date_order" in lines("06/10/2023 10:00")
    assert "date_order" not in lines("06/10/2023 10:00", "27/10/2023 10:00")
    assert "timezone" not in lines("2026-03-01T10:00:00Z", "2026-03-01 10:00:00.5 +0100")
    assert "timezone" in lines("2026-03-01")
    assert '"when" = "occurred_at"' in lines("2026-03-01T10:00:00Z")


def test_drafts_of_other_shapes(tmp_path: Path) -> None:
    assert drafted("post_id,metric,value\np1,likes,3\n", tmp_path)[0].record == "counter"
    assert drafted("member_id,username,followers\nu1,ann,3\n", tmp_path)[0].record == "profile"
    read, _ = drafted('[{"id": 1, "user": {"id": "u1"}, "message": "hi"}]', tmp_path)
    assert (read.columns["id"], read.columns["message"]) == ("id", "text")
    read, _ = drafted('{"total": 1, "rows": [{"id": 1, "comment": "hi"}]}', tmp_path)
    assert read.list_key == "rows"
    with pytest.raises(MapError, match=r"my\.csv has no columns"):
        drafted("", tmp_path)


def test_the_zone_of_a_map_comes_first(tmp_path: Path) -> None:
    content = "No,Author,Posted,Comment,Topic,Topic title,Mood\n1,Ann,2023-10-27 10:00,c,t,T,\n"
    declared = Context(timezone=ZoneInfo("America/New_York"))
    (one,) = one_of(outcomes(content, told(FORUM, tmp_path), declared), Interaction)
    assert isinstance(one, Interaction)
    assert one.occurred_at and one.occurred_at.hour == 8


def test_a_draft_shows_what_a_terminal_would_obey(tmp_path: Path) -> None:
    name = "text\u202e\x1b[2J"
    read, found = drafted(f'id,"{name}"\n1,x\n', tmp_path)
    assert name in read.ignored
    assert found.text.replace("\n", "").isprintable()


CHAT = """
ignored = ["*"]
required = ["ts"]
date_format = "epoch s"

[columns]
"user" = "actor_id"
"ts" = "occurred_at"
"likes" = "counter.like_count"
"seen" = "counter.view_count"

[joined]
id = ["=chat", "channel", "ts"]
thread_id = ["channel", "root"]

[constants]
platform = "chat"
type = "message"
"""


def test_joined_ids_counters_and_required_columns(tmp_path: Path) -> None:
    rows = [
        {"channel": "c", "ts": "1772366400.25", "user": "ann", "likes": 3, "seen": -1, "x": 1},
        {"channel": "c", "ts": 1772366401, "root": "r", "user": "bo", "likes": None},
        {"channel": "c", "user": "bo"},
        {"ts": 1772366401, "user": "bo"},
    ]
    found = outcomes("\n".join(map(json.dumps, rows)), told(CHAT, tmp_path))
    first, second = (one for one in landed(found) if isinstance(one, Interaction))
    assert (first.native_id, first.thread_id) == ("chat:c:1772366400.25", None)
    assert (second.native_id, second.thread_id) == ("chat:c:1772366401", "c:r")
    assert first.occurred_at and first.occurred_at.microsecond == 250_000
    assert [one.detail.partition(": ")[2] for one in rejected(found)] == [
        "ts is missing",
        "channel is missing",
    ]
    (counter,) = (one for one in landed(found) if isinstance(one, Counter))
    (post,) = (one for one in landed(found) if isinstance(one, Post))
    assert (counter.native_metric, counter.value) == ("like_count", 3)
    assert counter.post_id == post.post_id == first.native_id
    assert post.native_type == "message"
    assert isinstance(found[0], Landed)
    assert [remark.field for remark in found[0].notes] == ["seen"]  # negative; x is ignored


def test_a_counter_is_no_part_of_a_derived_id(tmp_path: Path) -> None:
    read = told(CHAT.replace('id = ["=chat", "channel", "ts"]\n', ""), tmp_path)
    rows = [{"ts": 1772366401, "user": "bo", "likes": likes} for likes in (1, 2)]
    ids = [
        one.native_id.rpartition(":")[0]
        for row in rows
        for one in landed(outcomes(json.dumps(row), read))
        if isinstance(one, Interaction)
    ]
    assert len(ids) == 2
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (CHAT.replace("[joined]", "[joined]\nactor_id = ['a']"), "has a column and is joined"),
        (CHAT.replace('["channel", "root"]', "[]"), "is joined from no column"),
        (CHAT.replace("thread_id =", "thread ="), "'thread' is no field"),
        (CHAT.replace("counter.like", "counters.like"), "is no field"),
    ],
)
def test_a_wrong_join_is_said(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(MapError, match=sentence):
        told(text, tmp_path)
