"""Synthetic deliveries: the exchange format, with everything that makes real ones hard.

Source: a seed; the same seed, pools and calls give the same bytes.
Shape:  NDJSON. Contents with their posts first, then interactions, each account's profile
        before its first one. Followers and contents are zipf-distributed; 3 % of the lines
        are duplicates, 2 % edits, 1 % retractions, 0.1 % malformed, 5 % late by up to 30 days.
        One `Deliveries` writes file after file: later ones know the accounts of earlier
        ones, and repeat, edit and retract their lines too.
Units:  records are lines.
Errors: those of the file system.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

import msgspec

DUPLICATES, EDITS, RETRACTIONS, MALFORMED = 0.03, 0.02, 0.01, 0.001
LATE, MOST_LATE = 0.05, timedelta(days=30)
PLATFORMS = ("forum", "blog", "newsletter", "shop")
TYPES = {"view": 40, "like": 25, "comment": 20, "click": 8, "share": 5, "save": 2}
REMEMBERED = 50_000  # lines that can be repeated, edited or retracted
FORGETTING = 0.2  # how often a new line takes the place of a remembered one
WRITTEN_AT_ONCE = 10_000

_WORDS = (
    *("the", "of", "and", "that", "not", "why", "how", "again", "where", "very", "nice"),
    *("bicycle", "wheel", "rust", "chain", "spoke", "saddle", "kettle", "canal", "film"),
    *("thanks", "love", "quiet", "Größe", "vélo", "自転車", "велосипед", "🚲", "👍"),
)

Line = dict[str, Any]


class Deliveries:
    """Files of one history, one after the other."""

    def __init__(self, seed: int, followers: int, contents: int) -> None:
        self._dice = random.Random(seed)
        self._followers, self._contents = followers, contents
        self._now, self._pace = datetime.min.replace(tzinfo=UTC), timedelta()
        self._source = self._all()

    def write(self, path: Path, records: int, begin: datetime, span: timedelta) -> None:
        """Write a file of exactly so many lines, of what happened from `begin` on."""
        self._now, self._pace = begin, span / records
        encode = msgspec.json.Encoder().encode
        dice = self._dice
        with path.open("wb") as stream:
            for start in range(0, records, WRITTEN_AT_ONCE):
                size = min(WRITTEN_AT_ONCE, records - start)
                made = [
                    _spoilt(line, dice) if dice.random() < MALFORMED else encode(line)
                    for line in islice(self._source, size)
                ]
                stream.write(b"\n".join(made) + b"\n")

    def _all(self) -> Iterator[Line]:
        for content in range(self._contents):
            yield from self._described(content)
        yield from self._interactions()

    def _described(self, content: int) -> Iterator[Line]:
        """A content item and its posts, one on each platform."""
        posts = [{"platform": platform, "post_id": f"p{content}"} for platform in PLATFORMS]
        topic = f"topic {zipf(12, self._dice)}"
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
                "posted_at": _time(self._now - timedelta(days=self._dice.randrange(60))),
            }

    def _interactions(self) -> Iterator[Line]:
        dice = self._dice
        known: set[int] = set()
        remembered: list[Line] = []
        choose = _chooser(TYPES, dice)
        for number in count(1):
            self._now += self._pace
            luck = dice.random()
            if remembered and luck < DUPLICATES + EDITS + RETRACTIONS:
                yield _again(remembered, luck, dice)
                continue
            follower = zipf(self._followers, dice)
            place = (follower + (dice.random() < 0.2)) % len(PLATFORMS)
            platform, account = PLATFORMS[place], follower * len(PLATFORMS) + place
            if account not in known:
                known.add(account)
                yield {
                    "record": "profile",
                    "platform": platform,
                    "actor_id": f"u{follower}",
                    "username": f"user_{follower}",
                    "display_name": f"User {follower}",
                    "follower_count": zipf(100_000, dice),
                    "observed_at": _time(self._now),
                }
            late = MOST_LATE * dice.random() ** 3 if dice.random() < LATE else timedelta()
            kind = choose()
            line: Line = {
                "record": "interaction",
                "platform": platform,
                "id": f"{platform}-{number:09}",
                "type": kind,
                "actor_id": f"u{follower}",
                "post_id": f"p{zipf(self._contents, dice)}",
                "occurred_at": _time(self._now - late),
            }
            if kind == "comment":
                line["text"] = words(dice)
            elif kind == "view":
                duration = int(dice.expovariate(1 / 20_000))
                line["metadata"] = {"duration": duration, "method": "page"}
            if len(remembered) < REMEMBERED:
                remembered.append(line)
            elif dice.random() < FORGETTING:
                remembered[dice.randrange(REMEMBERED)] = line
            yield line


def _again(remembered: list[Line], luck: float, dice: random.Random) -> Line:
    """A line of before: the same, edited, or taken back, which its later receipt says."""
    place = dice.randrange(len(remembered))
    if luck < DUPLICATES:
        return remembered[place]
    changed: Line = {}
    if luck < DUPLICATES + EDITS:
        changed["text"] = words(dice)
    else:
        changed["retracted"] = True
    remembered[place] = remembered[place] | changed
    return remembered[place]


def words(dice: random.Random) -> str:
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


def zipf(most: int, dice: random.Random) -> int:
    """A number below `most`; number n comes up in proportion to 1 / (n + 1)."""
    return min(most - 1, int(math.exp(dice.random() * math.log(most + 1))) - 1)


def _chooser(weights: dict[str, int], dice: random.Random) -> Callable[[], str]:
    urn = [name for name, weight in weights.items() for _ in range(weight)]
    return lambda: urn[int(dice.random() * len(urn))]


def _time(instant: datetime) -> str:
    return f"{instant.isoformat()[:19]}Z"
