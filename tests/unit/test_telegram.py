"""Records of Telegram's exports and updates, which agree with each other."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from platform_files import FIXTURES, apply, by_id, format_of, landed, records_of

from loaders.parsing.formats import Context
from loaders.parsing.notes import Note
from loaders.records import Counter, Interaction, Landed, Post, Profile, Record

FORUM = "telegram/valid/forum.json"
ACCOUNT = "telegram/valid/account.json"
ANSWER = "telegram/valid/bot_answer.json"
UPDATES = "telegram/valid/bot_updates.ndjson"
CHAT = "1500000001"


def test_messages_of_a_forum() -> None:
    found = by_id(FORUM)
    (message,) = found[f"message:{CHAT}:3"]
    assert message.text == "Ask @moss_g or Fern!"
    assert (message.post_id, message.native_kind) == (CHAT, "public_supergroup")
    assert message.version_at and message.version_at.minute == 30
    topics = {key: told.thread_id for key, (told, *_) in found.items() if told.thread_id}
    assert {key for key in topics if key.startswith("message")} == {
        f"message:{CHAT}:{number}" for number in (2, 3, 4)
    }
    assert set(topics.values()) == {f"message:{CHAT}:2"}
    assert found[f"message:{CHAT}:-7"][0].text == "before the move"
    assert found[f"message:{CHAT}:5"][0].actor_kind == "deleted"
    admins = found[f"message:{CHAT}:6"][0]
    assert (admins.actor_kind, admins.actor_id) == ("anonymous", f"channel{CHAT}")
    assert admins.metadata == {"forwarded_from": "News", "forwarded_from_id": "channel77"}
    assert found[f"message:{CHAT}:9"][0].native_type == "an_action_of_tomorrow"
    untimed = found[f"message:{CHAT}:10"][0]
    assert (untimed.occurred_at, untimed.actor_id) == (None, "user11")


def test_ids_beyond_64_bits_belong_to_no_topic() -> None:
    """Answers are followed by numbers of 64 bits; a larger one used to stop the load."""
    path = FIXTURES / FORUM
    content = path.read_bytes()
    large = content.replace(
        b'"reply_to_message_id": 2', b'"reply_to_message_id": 1%s' % (b"0" * 30)
    )
    assert large != content
    found = apply(large, format_of(path))
    assert len(found) == len(apply(content, format_of(path)))


def test_people_who_are_added_are_not_the_one_who_adds() -> None:
    found = by_id(FORUM)
    added = [found[f"message:{CHAT}:8:{number}"][0] for number in (1, 2, 3)]
    assert [told.actor_id for told in added] == ["user12", None, None]
    assert added[1].metadata == {"member": "Reed", "added_by": "user12"}
    assert found[f"message:{CHAT}:7"][0].native_type == "join_group_by_link"


def test_reactions_are_counted_and_some_are_named() -> None:
    counters = {r.native_metric: r.value for r in records_of(FORUM) if isinstance(r, Counter)}
    assert counters == {"reaction:👍": 3, "reaction:5000000000000000001": 1, "reaction:paid": 2}
    named = by_id(FORUM)[f"reaction:{CHAT}:3:user12"][0]
    assert named.occurred_at and named.occurred_at.hour == 10  # UTC was declared
    path = FIXTURES / FORUM
    undeclared = apply(path.read_bytes(), format_of(path), Context())
    reactions = [
        r
        for r in landed(undeclared)
        if r == named or getattr(r, "native_id", "") == named.native_id
    ]
    (told,) = (r for r in reactions if isinstance(r, Interaction))
    assert (
        told.occurred_at and told.occurred_at.astimezone(UTC).hour == 9
    )  # as the message's clock


def test_chats_of_an_account() -> None:
    found = by_id(ACCOUNT)
    assert {"message:12:900", "message:12:901", "message:20:900", "message:77:900"} == set(
        found
    )
    assert found["message:20:900"][0].actor_kind == "bot"
    assert found["message:77:900"][0].actor_kind == "page"
    assert found["message:12:901"][0].native_type == "phone_call"
    posts = {r.post_id: r.title for r in records_of(ACCOUNT) if isinstance(r, Post)}
    assert posts == {"12": "Moss", "20": None, "77": "News"}


def test_exports_and_updates_name_the_same_things() -> None:
    exported, updated = by_id(FORUM), by_id(ANSWER)
    same = {f"message:{CHAT}:{number}" for number in (2, 3, 6)}
    same |= {f"mention:{CHAT}:3:@moss_g", f"mention:{CHAT}:3:user13"}
    same |= {f"reaction:{CHAT}:3:user12", f"message:{CHAT}:8:1"}
    for key in same:
        one, other = exported[key][0], updated[key][0]
        for field in ("actor_id", "actor_kind", "post_id", "thread_id", "parent_id"):
            if getattr(other, field) is not None:  # exports say more
                assert getattr(one, field) == getattr(other, field), (key, field)
        if not key.startswith("reaction"):
            assert one.occurred_at == other.occurred_at


def test_updates() -> None:
    found = by_id(ANSWER) | by_id(UPDATES)
    first, edited = found[f"message:{CHAT}:3"]
    assert first.version_at and edited.version_at and first.version_at < edited.version_at
    (changed,) = found[f"reaction:{CHAT}:3:user12"]  # from 👎
    assert (changed.native_kind, changed.is_retracted) == ("👍", False)
    assert found[f"message:{CHAT}:8:2"][0].actor_kind == "bot"
    assert found[f"chat_member:{CHAT}:user13:1772442700"][0].native_kind == "left:member"
    assert found["message:12:4"][0].native_kind == "private"
    assert found["message:77:901"][0].text == "with a picture"
    assert found["update:604"][0].native_type == "news_of_tomorrow"
    counters = [r for r in records_of(ANSWER) if isinstance(r, Counter)]
    assert [(r.post_id, r.native_metric, r.value) for r in counters] == [
        ("message:77:900", "reaction:👍", 9),
        ("message:77:900", "reaction:paid", 1),
    ]
    names = {r.display_name for r in records_of(UPDATES) if isinstance(r, Profile)}
    assert names == {"News", "Fern", "Moss G", "Moss"}


def _changes(*steps: tuple[list[str], list[str]]) -> list[Interaction]:
    """What follows from changes of one account's reactions to one message."""
    updates = [
        {
            "update_id": number,
            "message_reaction": {
                "chat": {"id": -1001500000001, "type": "supergroup"},
                "message_id": 3,
                "date": 1772356800 + number,
                "user": {"id": 12, "first_name": "Moss"},
                "old_reaction": [_kind(emoji) for emoji in old],
                "new_reaction": [_kind(emoji) for emoji in new],
            },
        }
        for number, (old, new) in enumerate(steps)
    ]
    fmt = format_of(FIXTURES / UPDATES)
    found = landed(apply("\n".join(map(json.dumps, updates)).encode(), fmt))
    return [record for record in found if isinstance(record, Interaction)]


def _kind(emoji: str) -> dict[str, str]:
    return {"type": emoji} if emoji == "paid" else {"type": "emoji", "emoji": emoji}


def test_a_changed_reaction_is_one() -> None:
    standing: dict[str, str] = {}
    steps: list[tuple[list[str], list[str]]] = [
        ([], ["👍"]),
        (["👍"], ["🔥"]),
        (["🔥"], ["🔥", "❤", "paid"]),
        (["🔥", "❤", "paid"], ["❤", "paid"]),
        (["❤", "paid"], []),
    ]
    for step in steps:
        for told in _changes(step):
            if told.is_retracted:
                assert standing.pop(told.native_id, None) is not None
            else:
                standing[told.native_id] = told.native_kind or ""
        assert sorted(standing.values()) == sorted(step[1])
    (first, second) = _changes(*steps[:2])
    assert first.native_id == second.native_id
    assert second.version_at and first.version_at and second.version_at > first.version_at


def _chat(*messages: dict[str, Any], kind: str = "private_supergroup") -> list[Record]:
    content = {"name": "Weavers", "type": kind, "id": 1800000028, "messages": messages}
    return landed(apply(json.dumps(content).encode(), format_of(FIXTURES / FORUM)))


def _said(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": number, "type": "message", "date_unixtime": "1772359200", "text": ""} | fields


def test_exports_name_one_reaction_of_an_account() -> None:
    def reacted(emoji: str, at: str, *more: str) -> list[str]:
        recent = {"from": "Ola", "from_id": "user9001"}
        given = [
            {"type": "emoji", "emoji": one, "count": 5, "recent": [recent | {"date": at}]}
            for one in (emoji, *more)
        ]
        message = _said(3, date="2026-03-01T10:00:00", **{"from": "Petra"}, reactions=given)
        found = _chat(message | {"from_id": "user9002"})
        told = (record for record in found if isinstance(record, Interaction))
        return [one.native_id for one in told if one.native_type == "reaction"]

    assert reacted("👍", "2026-03-01T11:05:00") == reacted("🔥", "2026-03-02T11:05:00")
    assert len(set(reacted("👍", "2026-03-01T11:05:00", "🔥"))) == 2


def test_custom_emojis_without_files_are_counted_together() -> None:
    nameless = {"type": "custom_emoji", "document_id": "(File not included.)"}
    reactions = [nameless | {"count": 2}, nameless | {"count": 5}]
    found = _chat(_said(3, reactions=reactions, **{"from": "Ola", "from_id": "user1"}))
    (counter,) = (record for record in found if isinstance(record, Counter))
    assert counter.value == 7


def test_words_of_polls_rich_messages_and_forwards() -> None:
    poll = {"question": "Which loom?", "closed": False, "answers": [{"text": "Big"}]}
    rich = {
        "blocks": [{"type": "p", "text": ["to ", {"type": "bold", "text": "@petra_w"}, "!"]}]
    }
    found = _chat(
        _said(1, poll=poll, **{"from": "Ola", "from_id": "user1"}),
        _said(2, rich_message=rich, **{"from": "Ola", "from_id": "user1"}),
        _said(3, reply_to_message_id=1, forwarded_from="News", **{"from": "Ola"}, text="warp"),
    )
    told = [record for record in found if isinstance(record, Interaction)]
    assert [one.text for one in told] == ["Which loom?", "to @petra_w!", None, "warp"]
    assert told[2].metadata == {"mentioned_username": "petra_w"}
    assert told[3].parent_id is None


def test_who_owns_a_channel_and_who_is_nobody() -> None:
    gone = _said(1, **{"from": None, "from_id": "user78"})
    blank = _said(2, **{"from": "\u2060\u200b", "from_id": "user79"})
    for kind, owner in (("public_channel", "channel1800000028"), ("private_group", None)):
        found = _chat(gone, blank, kind=kind)
        (chat,) = (record for record in found if isinstance(record, Post))
        assert chat.owner_id == owner
        told = [record for record in found if isinstance(record, Interaction)]
        assert [one.actor_kind for one in told] == ["deleted", None]
        names = [record.display_name for record in found if isinstance(record, Profile)]
        assert names == [None, None]


def test_what_is_not_read_is_said() -> None:
    message = _said(
        1, **{"from": "Ola", "from_id": "user1"}, giveaway={"count": 3}, photo="a.jpg"
    )
    content = {"name": "W", "type": "private_group", "id": 1, "messages": [message]}
    (out,) = apply(json.dumps(content).encode(), format_of(FIXTURES / FORUM))
    assert isinstance(out, Landed)
    assert out.notes == (Note("passed_over", "giveaway", "is not read"),)
