"""Records of TikTok's Research API and downloads; web lists: `test_platform_examples`."""

from __future__ import annotations

from collections import Counter as Tally

from platform_files import FIXTURES, apply, by_id, format_of, landed, records_of

from loaders.records import Counter, Interaction


def interactions(name: str) -> list[Interaction]:
    return [r for r in records_of(f"tiktok/valid/{name}") if isinstance(r, Interaction)]


def test_the_research_api_names_nobody() -> None:
    found = by_id("tiktok/valid/research.json")
    (top,), (reply,) = (
        found["comment:7204463248158458801"],
        found["comment:7204463248158458802"],
    )
    assert (top.actor_id, top.parent_id, top.post_id) == (None, None, "7170139292767882700")
    assert reply.parent_id == reply.thread_id == "comment:7204463248158458801"


def test_videos_have_counters() -> None:
    videos = records_of("tiktok/valid/research_videos.json")
    counters = {r.native_metric: r.value for r in videos if isinstance(r, Counter)}
    assert counters == {
        "like_count": 50,
        "comment_count": 2,
        "share_count": 3,
        "view_count": 900,
    }


def test_both_apis_name_the_same_comment() -> None:
    web = FIXTURES / "tiktok/valid/web.json"
    told = (
        b'{"data":{"comments":[{"id":802,"video_id":700,"text":"yes","create_time":1772360100,'
    )
    told += b'"parent_comment_id":801}]}}'
    research = apply(told, format_of(FIXTURES / "tiktok/valid/research.json"))
    (one,) = (r for r in landed(research) if isinstance(r, Interaction))
    (other,) = by_id(f"tiktok/valid/{web.name}")["comment:802"]
    for field in ("native_id", "native_type", "post_id", "parent_id", "text", "occurred_at"):
        assert getattr(one, field) == getattr(other, field)


def test_scraped_comments_may_have_ids() -> None:
    top, reply = interactions("scraped_2024.json")
    assert (top.native_id, top.key_quality, top.post_id) == ("comment:901", "native", "700")
    assert reply.parent_id == "comment:901"


def test_a_download_is_of_its_exporter() -> None:
    told = interactions("user_data.json")
    assert Tally(one.native_type for one in told) == {
        "VideoList": 2,
        "ItemFavoriteList": 1,
        "ShareHistoryList": 1,
        "SearchList": 1,
        "FansList": 1,
        "Following": 1,
        "CommentsList": 2,
        "ChatHistory": 2,
    }
    assert len({one.native_id for one in told}) == len(told)
    by_others = {one.actor_id for one in told if one.actor_kind is None}
    assert by_others == {"@lark"}
    assert {one.actor_id for one in told if one.actor_kind == "exporter"} == {"declared"}
    (shared,) = (one for one in told if one.native_type == "ShareHistoryList")
    assert (shared.post_id, shared.native_kind) == ("701", "copy")
    assert {one.thread_id for one in told if one.native_type == "ChatHistory"} == {
        "conversation:lark"
    }


def test_sections_and_lists_have_several_names() -> None:
    told = {one.native_type: one for one in interactions("user_data_tiktok.json")}
    assert set(told) == {"VideoList", "ItemFavoriteList", "FavoriteVideoList", "ApplauseList"}
    assert told["FavoriteVideoList"].post_id == "702"
    older = {one.native_id for one in interactions("user_data.json")}
    assert {told["VideoList"].native_id, told["ItemFavoriteList"].native_id} <= older


def test_commas_behind_the_last_value() -> None:
    fmt = format_of(FIXTURES / "tiktok/valid/user_data.json")
    entry = b'{"Date":"2026-03-01 10:06:00","Comment":"x",}'
    content = b'{"Comment":{"Comments":{"CommentsList":[%s,],},}}' % entry
    assert len(landed(apply(content, fmt))) == 1
