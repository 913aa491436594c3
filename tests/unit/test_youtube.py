"""Files of YouTube tools say the same of comments as the API."""

from __future__ import annotations

from platform_files import by_id, records_of

from loaders.records import Interaction

THREADS = "youtube/valid/threads.json"


def test_pages_and_tables_name_the_same_comments() -> None:
    threads = by_id(THREADS)
    for name in ("comments_page.json", "tool.csv"):
        shared = by_id(f"youtube/valid/{name}")
        for key in threads.keys() & shared.keys():
            (one,), (other,) = threads[key], shared[key]
            for field in ("parent_id", "thread_id", "text", "occurred_at", "version_at"):
                assert getattr(one, field) == getattr(other, field), (name, key, field)
        assert "comment:Ugx1.r1" in shared
    table = by_id("youtube/valid/tool.csv")
    assert table["comment:Ugx1"][0].actor_id == threads["comment:Ugx1"][0].actor_id == "UCwren"
    assert table["comment:Ugx1.r1"][0].actor_id is None


def test_rows_without_ids() -> None:
    told = [
        record
        for record in records_of("youtube/valid/tool_without_ids.csv")
        if isinstance(record, Interaction)
    ]
    assert len({comment.native_id for comment in told}) == 3  # two of them alike
    assert [comment.actor_id for comment in told] == [None, None, "UC" + "a" * 22]
    assert {comment.key_quality for comment in told} == {"derived"}
