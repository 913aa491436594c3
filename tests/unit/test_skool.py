"""Skool: one thread in two spellings, likers, members without their addresses."""

from __future__ import annotations

from pathlib import Path

import msgspec
from platform_files import DECLARED, FIXTURES, apply, format_of, landed, rejected

from loaders.reading.documents import Document
from loaders.reading.reader import outcomes
from loaders.records import Counter, Interaction, Landed, Post, Profile, Record
from loaders.registry import modules

VALID = FIXTURES / "skool" / "valid"
POST = "00000000000000000000000000000001"


def records(path: Path) -> list[Record]:
    with Document.open(path) as document:
        return landed(list(outcomes(document, format_of(path), DECLARED)))


def interactions(name: str) -> dict[str, Interaction]:
    found = [one for one in records(VALID / name) if isinstance(one, Interaction)]
    assert len({one.native_id for one in found}) == len(found)
    return {one.native_id: one for one in found}


def test_pages_and_comments_say_the_same() -> None:
    page, comments = interactions("page.json"), interactions("comments.json")
    shared = page.keys() & comments.keys()
    mention = f"mention:comment:{POST[:-1]}3:u2"
    assert shared == {f"comment:{POST[:-1]}2", f"comment:{POST[:-1]}3", mention}
    for native_id in shared:
        assert page[native_id] == comments[native_id]
    people = [
        {one for one in records(VALID / name) if isinstance(one, Profile)}
        for name in ("page.json", "comments.json")
    ]
    assert people[0] == people[1]


def test_comments_stand_in_their_thread() -> None:
    found = interactions("comments.json")
    nested, beneath = found[f"comment:{POST[:-1]}3"], found[f"comment:{POST[:-1]}5"]
    assert (nested.post_id, nested.thread_id) == (POST, POST)
    assert nested.parent_id == f"comment:{POST[:-1]}2"
    assert beneath.parent_id == f"comment:{POST[:-1]}4"  # told by nesting alone
    assert found[f"comment:{POST[:-1]}2"].parent_id is None
    named = found[f"comment:{POST[:-1]}4"]
    assert named.text == "only a name"
    assert named.occurred_at == beneath.occurred_at  # micro- and nanoseconds
    scraped = interactions("scraped.json")
    assert (scraped["comment:c1"].post_id, scraped["comment:c2"].parent_id) == (
        "p1",
        "comment:c1",
    )


def test_posts_and_counters() -> None:
    found = records(VALID / "page.json")
    (post,) = (one for one in found if isinstance(one, Post) and one.native_type != "comment")
    assert (post.title, post.author_id) == ("Spring plans", "u1")
    assert post.url == "https://www.skool.com/garden/spring-plans"
    assert post.community_name == "The Garden"
    of_post = [one for one in found if isinstance(one, Counter) and one.post_id == post.post_id]
    counters = {one.native_metric: one.value for one in of_post}
    assert counters == {"upvotes": 4, "comments": 3}
    feed = [one.post_id for one in records(VALID / "feed.json") if isinstance(one, Post)]
    assert feed == [POST, f"{POST[:-1]}6"]  # what is pinned comes twice
    assert f"mention:post:{POST}:u2" in interactions("page.json")


def test_likers_have_no_time() -> None:
    found = interactions("voters.json")
    assert set(found) == {f"like:{POST}:u2", f"like:{POST}:u3"}
    assert all(one.occurred_at is None for one in found.values())


def test_the_name_of_a_file_may_say_whose_likes(tmp_path: Path) -> None:
    path = tmp_path / f"vote-users_{POST}.json"
    path.write_text('{"users":[{"id":"u2","name":"bo"}],"has_more":false,"cursor":""}')
    first, *_ = records(path)
    assert isinstance(first, Interaction)
    assert first.native_id == f"like:{POST}:u2"


def test_members_leave_no_address() -> None:
    found = list(interactions("members.csv").values())
    assert [one.time_precision for one in found] == ["second", "day", "day"]
    assert all((one.native_type, one.actor_id) == ("join", None) for one in found)
    assert found[1].native_id.removesuffix(":1") == found[2].native_id.removesuffix(":2")
    assert b"example.com" not in msgspec.json.encode(found)


def test_nesting_without_end_costs_the_page() -> None:
    fmt = modules()["skool"].FORMATS[0]
    deep = b'{"post":{"id":"c"},"children":[' * 4_000 + b"]}" * 4_000
    content = b'{"post_tree":{"children":[%s]}}' % deep
    (reject,) = rejected(apply(content, fmt))
    assert "nested too deeply" in reject.detail


def test_an_empty_page_is_no_error_but_something_else_is() -> None:
    fmt = modules()["skool"].FORMATS[0]
    assert apply(b'{"pageProps":{"postTrees":[]}}', fmt) == [Landed(1, ())]
    for content in (b'{"id":"x"}', b"{}", b"[17]"):
        (reject,) = rejected(apply(content, fmt))
        assert reject.line_no == 1
