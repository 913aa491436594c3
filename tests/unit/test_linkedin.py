"""LinkedIn: keys from URNs, the two dialects of one export, ordinals."""

from __future__ import annotations

from pathlib import Path

from platform_files import DECLARED, FIXTURES, apply, format_of, landed

from loaders.parsing.formats import Context
from loaders.records import Interaction, Post, Profile, Record

VALID = FIXTURES / "linkedin" / "valid"


def records(name: str, context: Context = DECLARED) -> list[Record]:
    path = Path(VALID / name)
    return landed(apply(path.read_bytes(), format_of(path), context))


def interactions(name: str, context: Context = DECLARED) -> dict[str, Interaction]:
    found = [one for one in records(name, context) if isinstance(one, Interaction)]
    assert len({one.native_id for one in found}) == len(found)
    return {one.native_id: one for one in found}


def test_comments_are_keyed_by_their_urn() -> None:
    found = interactions("comments.json")
    first = "urn:li:comment:(urn:li:activity:7000,8001)"
    answer = found["urn:li:comment:(urn:li:activity:7000,8002)"]
    assert (answer.parent_id, answer.thread_id, answer.actor_kind) == (first, first, "page")
    assert found["urn:li:comment:(urn:li:ugcPost:7100,8003)"].post_id == "urn:li:ugcPost:7100"
    comment = found[first]
    assert (comment.actor_id, comment.actor_kind) == ("urn:li:person:a1", "person")
    assert comment.version_at and comment.occurred_at
    assert comment.version_at > comment.occurred_at
    mentioned = [one.metadata for one in found.values() if one.native_type == "mention"]
    assert mentioned == [
        {"mentioned_id": "urn:li:person:a2"},
        {"mentioned_id": "urn:li:organization:55"},
    ]


def test_elements_say_the_same_on_a_page_and_alone_with_and_without_urns() -> None:
    alone = interactions("elements.ndjson")
    paged = interactions("comments.json") | interactions("reactions.json")
    assert len(alone) == 4
    for native_id, one in alone.items():
        told = paged[native_id]
        for field in ("native_type", "native_kind", "actor_id", "post_id", "parent_id", "text"):
            assert getattr(one, field) == getattr(told, field), native_id
        assert (one.occurred_at, one.version_at) == (told.occurred_at, told.version_at)


def test_reactions_keep_their_kind() -> None:
    found = interactions("reactions.json")
    on_post = found["urn:li:reaction:(urn:li:person:a1,urn:li:activity:7000)"]
    assert (on_post.native_kind, on_post.parent_id) == ("PRAISE", None)
    comment = "urn:li:comment:(urn:li:activity:7000,8001)"
    on_comment = found[f"urn:li:reaction:(urn:li:organization:55,{comment})"]
    assert (on_comment.post_id, on_comment.parent_id) == ("urn:li:activity:7000", comment)


def test_exported_comments() -> None:
    found = list(interactions("Comments.csv", Context(account="me")).values())
    assert found[0].text == 'She said "yes", twice,\nand left a \\ behind'
    assert [one.text for one in found[1:3]] == ["plain", "plain"]
    assert found[1].native_id.removesuffix(":1") == found[2].native_id.removesuffix(":2")
    assert all((one.actor_id, one.actor_kind) == ("me", "exporter") for one in found)
    assert {one.post_id for one in found} == {"urn:li:activity:7000", "urn:li:ugcPost:7100"}
    assert found[3].text == 'an "answer"'
    assert found[3].parent_id == "urn:li:comment:(urn:li:ugcPost:7100,8003)"
    again = interactions("Comments.csv", Context(account="me"))
    assert list(again) == [one.native_id for one in found]
    assert list(interactions("Comments.csv", Context())) == list(again)  # may be told later


def test_exported_reactions_and_shares() -> None:
    found = list(interactions("Reactions.csv").values())
    assert [one.native_kind for one in found] == ["LIKE", "EMPATHY", "LIKE", "PRAISE"]
    assert found[1].parent_id == "urn:li:comment:(urn:li:activity:7000,8001)"
    assert found[2].post_id == "https://www.linkedin.com/pulse/an-article"
    assert found[3].post_id is None
    posts = [one for one in records("Shares.csv") if isinstance(one, Post)]
    assert [one.post_id for one in posts] == ["urn:li:share:7200", "urn:li:ugcPost:7300"]
    assert posts[0].title == 'A "spring" post,\nover two lines'
    assert posts[0].author_id == posts[0].owner_id == "declared"


def test_exported_messages_name_their_senders() -> None:
    told = records("messages.csv", Context(account="me"))
    found = [one for one in told if isinstance(one, Interaction)]
    ada = "https://www.linkedin.com/in/ada"
    assert [(one.actor_id, one.actor_kind) for one in found] == [
        (ada, "person"), ("me", "exporter"), (None, "deleted"),
    ]  # fmt: skip
    assert found[0].text == 'Hello, "you"'
    assert [one.username for one in told if isinstance(one, Profile)] == ["ada"]
