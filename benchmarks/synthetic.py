"""Synthetic deliveries: the exchange format, with everything that makes real ones hard.

Source: a seed; the same seed and number of records give the same bytes.
Shape:  NDJSON. Contents with their posts first, then interactions, each account's profile
        before its first one. Followers and contents are zipf-distributed; 3 % of the lines
        are duplicates, 2 % edits, 1 % retractions, 0.1 % malformed, 5 % late by up to 30 days.
Units:  records are lines.
Errors: those of the file system.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import msgspec

DUPLICATES, EDITS, RETRACTIONS, MALFORMED = 0.03, 0.02, 0.01, 0.001
LATE, MOST_LATE = 0.05, timedelta(days=30)
BEGIN, SPAN = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=180)
PLATFORMS = ("forum", "blog", "newsletter", "shop")
TYPES = {"view": 40, "like": 25, "comment": 20, "click": 8, "share": 5, "save": 2}
REMEMBERED = 10_000  # lines that can be repeated, edited or retracted
WRITTEN_AT_ONCE = 10_000

_WORDS = (
    *("the", "of", "and", "that", "not", "why", "how", "again", "where", "very", "nice"),
    *("bicycle", "wheel", "rust", "chain", "spoke", "saddle", "kettle", "canal", "film"),
    *("thanks", "love", "quiet", "Größe", "vélo", "自転車", "велосипед", "🚲", "👍"),
)

Line = dict[str, Any]


def write(path: Path, records: int, seed: int) -> None:
    """Write a file of exactly so many lines."""
    made = lines(records, seed)
    with path.open("wb") as stream:
        for start in range(0, records, WRITTEN_AT_ONCE):
            size = min(WRITTEN_AT_ONCE, records - start)
            stream.write(b"".join(next(made) + b"\n" for _ in range(size)))


def lines(records: int, seed: int) -> Iterator[bytes]:
    """The lines of such a file, without their ends."""
    dice = random.Random(seed)
    contents = max(1, min(records // 10, 20 + records // 1_000))
    encode = msgspec.json.Encoder().encode
    for line in islice(_both(contents, records, dice), records):
        yield _spoilt(line, dice) if dice.random() < MALFORMED else encode(line)


def _both(contents: int, records: int, dice: random.Random) -> Iterator[Line]:
    for content in range(contents):
        yield from _described(content, dice)
    yield from _interactions(contents, max(2, records // 20), records, dice)


def _described(content: int, dice: random.Random) -> Iterator[Line]:
    """A content item and its posts, one on each platform."""
    posts = [{"platform": platform, "post_id": f"p{content}"} for platform in PLATFORMS]
    topic = f"topic {_zipf(12, dice)}"
    yield {
        "record": "content",
        "content_id": f"c{content}",
        "title": f"Content {content}",
        "posts": posts,
        "tags": [{"type": "topic", "value": topic}],
    }
    for post in posts:
        yield {
            "record": "post",
            **post,
            "title": f"Content {content}",
            "url": f"https://example.com/{post['platform']}/{content}",
            "posted_at": _time(BEGIN - timedelta(days=dice.randrange(60))),
        }


def _interactions(
    contents: int, followers: int, records: int, dice: random.Random
) -> Iterator[Line]:
    known: set[tuple[str, int]] = set()
    recent: deque[Line] = deque(maxlen=REMEMBERED)
    pace = SPAN / records
    choose = _chooser(TYPES, dice)
    for number in count(1):
        now = BEGIN + pace * number
        luck = dice.random()
        if recent and luck < DUPLICATES + EDITS + RETRACTIONS:
            yield _again(recent, luck, now, dice)
            continue
        follower = _zipf(followers, dice)
        platform = PLATFORMS[(follower + (dice.random() < 0.2)) % len(PLATFORMS)]
        if (platform, follower) not in known:
            known.add((platform, follower))
            yield {
                "record": "profile",
                "platform": platform,
                "actor_id": f"u{follower}",
                "username": f"user_{follower}",
                "display_name": f"User {follower}",
                "follower_count": _zipf(100_000, dice),
                "observed_at": _time(now),
            }
        late = MOST_LATE * dice.random() ** 3 if dice.random() < LATE else timedelta()
        kind = choose()
        line: Line = {
            "record": "interaction",
            "platform": platform,
            "id": f"{platform}-{number:09}",
            "type": kind,
            "actor_id": f"u{follower}",
            "post_id": f"p{_zipf(contents, dice)}",
            "occurred_at": _time(now - late),
        }
        if kind == "comment":
            line["text"] = _text(dice)
        elif kind == "view":
            line["metadata"] = {"duration": int(dice.expovariate(1 / 20_000)), "method": "page"}
        recent.append(line)
        yield line


def _again(recent: deque[Line], luck: float, now: datetime, dice: random.Random) -> Line:
    """A line of before: the same, edited, or taken back."""
    place = dice.randrange(len(recent))
    if luck < DUPLICATES:
        return recent[place]
    changed: Line = {"version_at": _time(now)}
    if luck < DUPLICATES + EDITS:
        changed["text"] = _text(dice)
    else:
        changed["retracted"] = True
    recent[place] = recent[place] | changed
    return recent[place]


def _text(dice: random.Random) -> str:
    """What somebody wrote: mostly a few words, seldom many."""
    return " ".join(dice.choices(_WORDS, k=min(200, 2 * int(dice.paretovariate(1.2)))))


def _spoilt(line: Line, dice: random.Random) -> bytes:
    """The same line as no reader can take it."""
    whole = msgspec.json.encode(line)
    keyless = {key: value for key, value in line.items() if key != "platform"}
    return dice.choice(
        (
            whole[: len(whole) // 2],
            whole[:-1] + b',"text":"\xff"}',
            whole[:-1] + b',"title":"\\ud800"}',
            msgspec.json.encode(keyless),
            msgspec.json.encode(keyless | {"platform": "Not a word"}),
        )
    )


def _zipf(most: int, dice: random.Random) -> int:
    """A number below `most`; number n comes up in proportion to 1 / (n + 1)."""
    return min(most - 1, int(math.exp(dice.random() * math.log(most + 1))) - 1)


def _chooser(weights: dict[str, int], dice: random.Random) -> Callable[[], str]:
    urn = [name for name, weight in weights.items() for _ in range(weight)]
    return lambda: urn[int(dice.random() * len(urn))]


def _time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
