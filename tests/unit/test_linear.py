"""Linear: both generations of webhooks, answers of the API, edits and removals."""

from __future__ import annotations

from platform_files import DECLARED, FIXTURES, apply, format_of, landed, rejected

from loaders.records import Interaction, Landed, Post, Profile, Record
from loaders.registry import modules

VALID = FIXTURES / "linear" / "valid"


def records(name: str) -> list[Record]:
    content = (VALID / name).read_bytes()
    return landed(apply(content, format_of(VALID / name), DECLARED))


def interactions(name: str) -> list[Interaction]:
    return [one for one in records(name) if isinstance(one, Interaction)]


def test_an_update_edits_and_a_removal_retracts() -> None:
    found = interactions("webhooks_2021.ndjson")
    first, last = (one for one in found if one.native_id == "comment:c-1")
    assert (first.text, last.text) == ("see @bo and mail me@example.com", "see @cy instead")
    assert first.version_at and last.version_at and first.version_at < last.version_at
    assert (last.actor_id, last.post_id, last.occurred_at) == ("u-1", "i-1", first.occurred_at)
    (gone,) = (one for one in found if one.native_id == "comment:c-2")
    assert gone.is_retracted
    assert gone.version_at and gone.version_at.isoformat() == "2021-02-07T12:00:00.754000+00:00"
    mentions = [
        (one.native_id, one.is_retracted) for one in found if "mention" in one.native_id
    ]
    assert mentions == [
        ("mention:c-1:bo", False), ("mention:c-1:cy", False), ("mention:c-1:bo", True),
    ]  # fmt: skip


def test_events_say_who_as_far_as_it_is_known() -> None:
    found = {one.native_id: one for one in interactions("webhooks_2021.ndjson")}
    created = found["Issue:i-1:create:2021-01-30T11:19:39.427Z"]
    assigned = found["Issue:i-1:assign:2021-01-30T11:22:06.587Z"]
    assert (created.native_kind, created.actor_id) == ("create", "u-1")
    assert (assigned.native_kind, assigned.actor_id) == ("assign", None)
    assert found["Cycle:cy-1:update:2021-02-07T11:54:03.602Z"].post_id is None
    unknown = found["Comment:c-1:sprout:2021-02-07T11:54:03.602Z"]
    assert (unknown.native_type, unknown.text) == ("Comment.sprout", None)
    newer = {one.native_id: one for one in interactions("webhooks.json")}
    assigned = newer["Issue:i-2:assign:2026-03-01T13:00:00.000Z"]
    assert (assigned.actor_id, assigned.post_id) == ("u-2", "i-2")
    assert newer["comment:c-12"].actor_kind == "bot"
    assert newer["reaction:r-11"].is_retracted
    assert newer["mention:c-10:bo.reed"].actor_id == "u-1"


def test_webhooks_and_answers_say_the_same() -> None:
    told = {one.native_id: one for one in interactions("webhooks.json")}
    asked = {one.native_id: one for one in interactions("answer.json")}
    assert set(asked) == {
        "comment:c-10",
        "comment:c-11",
        "mention:c-10:bo.reed",
        "reaction:r-10",
    }
    for native_id, one in asked.items():
        for field in Interaction.__struct_fields__:
            if field != "payload":
                assert getattr(one, field) == getattr(told[native_id], field), field
    edges = interactions("answers_edges.ndjson")
    assert [one.post_id for one in edges] == ["i-2", "i-2", "i-3"]
    assert (edges[2].actor_id, edges[2].actor_kind) == (None, None)


def test_issues_are_posts_and_addresses_are_no_names() -> None:
    posts = [one for one in records("webhooks_2021.ndjson") if isinstance(one, Post)]
    urls = {one.url for one in posts if one.post_id == "i-1"}
    assert urls == {"https://linear.app/garden/issue/GAR-1/sow-peas"}
    assert {one.title for one in posts} == {"Sow peas"}
    assert not [one for one in records("webhooks_2021.ndjson") if isinstance(one, Profile)]
    names = {one.display_name for one in records("webhooks.json") if isinstance(one, Profile)}
    assert names == {"Ada Lane", "Bo Reed", "Robot"}


def test_an_issue_without_an_address_has_its_short_one() -> None:
    fmt = next(one for one in modules()["linear"].FORMATS if one.name == "linear_graphql_json")
    told = b'{"data":{"issue":{"id":"i-9","identifier":"GAR-9","title":"Dig"}}}'
    (post,) = [one for one in landed(apply(told, fmt, DECLARED)) if isinstance(one, Post)]
    assert post.url == "https://linear.app/issue/GAR-9"


def test_an_empty_answer_is_no_error_but_something_else_is() -> None:
    fmt = next(one for one in modules()["linear"].FORMATS if one.name == "linear_graphql_json")
    empty = b'{"data":{"comments":{"nodes":[],"pageInfo":{"hasNextPage":false}}}}'
    assert apply(empty, fmt) == [Landed(1, ())]
    for content in (b'{"id":"x"}', b"{}", b"[17]"):
        (reject,) = rejected(apply(content, fmt))
        assert reject.line_no == 1
