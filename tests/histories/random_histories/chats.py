"""Chats and issues of a random history.

Shape:  a seed, the span of a history and whether all of it is over -> records of the exchange
        format, each with a time about which it is delivered.
Units:  instants aware, UTC.
Errors: none; the same arguments give the same records.

All chance comes from a generator of its own: the other records of a history stay as they are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]

CHANNELS = (
    ("discord", "c-general", "GuildTextChat", "g-1"),
    ("discord", "c-voice", "GuildVoiceChat", "g-1"),
    ("discord", "c-moved", "GuildTextChat", None),
    ("discord", "c-direct", "DirectTextChat", "0"),
    ("telegram", "t-1", "private_supergroup", "t-1"),
)
MEMBERS = ("mia", "noa", "Öz", "kim", "bot-7")
ISSUES = (("i-1", "ENG-12"), ("i-2", "OPS-3"), ("i-3", "LONGER-77"))
TEXTS = (
    "any news of ENG-12?",
    "ENG-12 and OPS-3, ENG-12 again",
    "COVID-19 is no issue, AI-1234567 neither; UTF-8 perhaps",
    "これはENG-12です",
    "eng-12 xENG-12 ENG-12x _OPS-3",
    "A-1, (WEB-00042).",
    "hello",
    "",
    "branch fix/OPS-3-rust " + "long " * 60,
)
DAY = timedelta(days=1)


def chat_records(
    seed: int, start: datetime, end: datetime, *, is_settled: bool
) -> Iterator[tuple[datetime, Record]]:
    """Records of channels, their messages, reactions and voice, and of issues."""
    rng = random.Random(f"chat {seed}")
    yield from _places(rng, start, end)
    span = int((end - start).total_seconds())
    messages: list[tuple[str, str, str]] = []
    for number in range(rng.choice((0, 8, 30, 45))):
        platform, post_id, kind, _ = rng.choice(CHANNELS)
        at = end - timedelta(seconds=rng.randint(0, span))
        if rng.random() < 0.5:  # the same weekday, again and again
            at = max(
                start, end - 7 * DAY * rng.randint(0, 9) - timedelta(hours=rng.randint(0, 5))
            )
        said: Record = {
            "record": "interaction",
            "platform": platform,
            "id": f"chat-{number}",
            "type": "dm"
            if "Direct" in kind
            else rng.choice(("message", "message", "reaction")),
            "actor_id": rng.choice((*MEMBERS, None))
            if number % 7 == 0
            else rng.choice(MEMBERS),
            "post_id": post_id,
            "occurred_at": at.isoformat(),
            "text": rng.choice(TEXTS),
            "version_at": at.isoformat(),
        }
        if said["actor_id"] == "bot-7":
            said["actor_kind"] = "bot"
        if said["type"] == "message":
            messages.append((platform, post_id, said["id"]))
        elif said["type"] == "reaction":
            said |= {"text": None, "kind": "👍"}
            said["parent_id"] = rng.choice(messages)[2] if messages else "chat-1"
            if rng.random() < 0.3:
                said["occurred_at"] = None  # as Discord has it
        yield from _versions(rng, at, end, said, is_settled)
    yield from _counts(seed, messages, start, end)
    for number in range(rng.choice((0, 4, 16))):
        yield from _voice(rng, number, start, end)
    for number in range(rng.choice((0, 5, 15))):
        yield from _issue(rng, number, start, end, is_settled)


def _counts(
    seed: int, messages: list[tuple[str, str, str]], start: datetime, end: datetime
) -> Iterator[tuple[datetime, Record]]:
    """Messages whose reactions a platform counts, one number per emoji, now and then again."""
    rng = random.Random(f"counts {seed}")
    for platform, _, native_id in rng.sample(messages, len(messages) // 3):
        place = {"platform": platform, "post_id": native_id}
        post: Record = {"record": "post", **place, "type": "message"}
        yield start + rng.random() * (end - start), post
        for _ in range(rng.choice((1, 1, 2))):
            at = start + rng.random() * (end - start)
            observed_at = rng.choice((at.isoformat(), at.isoformat(), None))
            for metric in rng.sample(("reaction:👍", "reaction:🎉", "reactions"), 2):
                number: Record = {"record": "counter", **place, "metric": metric}
                number |= {"value": rng.choice((0, 1, 3, 37)), "observed_at": observed_at}
                yield at, number


def _places(
    rng: random.Random, start: datetime, end: datetime
) -> Iterator[tuple[datetime, Record]]:
    for platform, post_id, kind, community in CHANNELS:
        post: Record = {
            "record": "post",
            "platform": platform,
            "post_id": post_id,
            "type": kind,
            "title": post_id,
            "community_id": community,
            "community_name": None if community is None else f"The {community}",
        }
        yield start + rng.random() * (end - start), post
        if post_id == "c-moved" and rng.random() < 0.7:  # learnt later, or moved
            late = start + rng.random() * (end - start)
            yield late, {**post, "community_id": rng.choice(("g-1", "g-2"))}
    for post_id, name in ISSUES:
        issue: Record = {
            "record": "post",
            "platform": "linear",
            "post_id": post_id,
            "type": rng.choice(("Issue", None)),
            "url": f"https://linear.app/x/issue/{name}/a-title",
        }
        if rng.random() < 0.8:
            yield start + rng.random() * (end - start), issue
        yield start, {**issue, "url": None, "title": "no address"}
    yield (
        start,
        {
            "record": "post",
            "platform": "linear",
            "post_id": "d-1",
            "type": "Document",
            "url": "https://linear.app/x/issue/ENG-12/no-issue",
        },
    )


def _versions(
    rng: random.Random, at: datetime, end: datetime, said: Record, is_settled: bool
) -> Iterator[tuple[datetime, Record]]:
    """Yield a record, and perhaps its edit and its retraction, in any order if all is over."""
    versions = [(at, said)]
    for change in rng.choice(((), (), (), ("text",), ("retracted",), ("text", "retracted"))):
        at = min(at + timedelta(minutes=rng.randint(1, 3000)), end) + timedelta(
            microseconds=0 if is_settled else 1
        )
        at = min(at, end) if is_settled else at
        value: object = True if change == "retracted" else rng.choice(TEXTS)
        said = {**said, change: value, "version_at": at.isoformat()}
        versions.append((at, said))
    delivered = versions[0][0]
    for moment, version in versions:
        delivered = max(delivered, moment) + timedelta(seconds=rng.choice((1, 60, 800_000)))
        yield delivered, version
    if rng.random() < 0.1:
        yield delivered + DAY, versions[-1][1]


def _voice(
    rng: random.Random, number: int, start: datetime, end: datetime
) -> Iterator[tuple[datetime, Record]]:
    """Joining, and mostly leaving again."""
    at = start + rng.random() * (end - start - timedelta(hours=9))
    joined: Record = {
        "record": "interaction",
        "platform": "discord",
        "id": f"join-{number}",
        "type": "voice_join",
        "actor_id": rng.choice(MEMBERS),
        "post_id": rng.choice(("c-voice", "c-moved", "c-direct")),
        "occurred_at": at.isoformat(),
    }
    yield at + rng.choice((1, 40)) * DAY, joined
    if rng.random() < 0.7:
        left = at + timedelta(seconds=rng.randint(0, 30_000), microseconds=rng.randint(0, 9))
        word = rng.choice(("voice_left", "VOICE_LEFT"))
        yield (
            left + rng.choice((1, 20)) * DAY,
            {**joined, "id": f"left-{number}", "type": word, "occurred_at": left.isoformat()},
        )


def _issue(
    rng: random.Random, number: int, start: datetime, end: datetime, is_settled: bool
) -> Iterator[tuple[datetime, Record]]:
    """Asking about an issue, looking at it, mentioning somebody there."""
    at = start + rng.random() * (end - start)
    did: Record = {
        "record": "interaction",
        "platform": rng.choice(("linear", "linear", "discord")),
        "id": f"issue-{number}",
        "type": rng.choice(("query", "view", "mention", "comment", "like")),
        "actor_id": rng.choice(MEMBERS[:3]),
        "post_id": rng.choice(("i-1", "i-2", "i-3", "ENG-12", "d-1", "unheard of", None)),
        "occurred_at": None if rng.random() < 0.1 else at.isoformat(),
        "text": rng.choice((*TEXTS, None, None)),
        "version_at": at.isoformat(),
    }
    yield from _versions(rng, at, end, did, is_settled)
