"""Descriptions in a random history: posts, content items, profiles and counters."""

from __future__ import annotations

import random

from oracle import DAY

from random_histories.draft import Draft, Planned
from random_histories.history import Record
from random_histories.words import ACTOR_IDS, CONTENT_IDS, MICROSECOND, NO_NAMES, SECOND, TEXTS


class Descriptions(Draft):
    """A draft that plans posts, content items, profiles and counters."""

    def plan_posts(self) -> None:
        first_posted = self.as_of - 20 * DAY
        for platform, post_id in self.posts:
            if self.maybe(0.08, "unknown post"):
                continue
            days = self.rng.choice((-15, -7, 0, 0, 1, 10, 30, 60, 75, 90, 91))
            posted_at = first_posted - days * DAY
            posted_at += self.rng.choice((0, 0, 1, -1)) * MICROSECOND
            full = {
                "record": "post",
                "platform": platform,
                "post_id": post_id,
                "title": self.rng.choice((*TEXTS[1:7], None)),
                "url": f"https://example.com/{platform}",
                "posted_at": self.written(None if self.maybe(0.1) else posted_at),
                "author_id": self.rng.choice(ACTOR_IDS),
            }
            at = self.delivery_time(self.start)
            self.plan(at, full)
            if self.maybe(0.3):  # described again: a new title, or only what is left
                again = {**full, "title": self.rng.choice(TEXTS[1:7])}
                again["url"] = None
                self.plan(self.delivery_time(self.moment()), again)

    def plan_contents(self) -> None:
        for content_id in self.rng.sample(CONTENT_IDS, self.rng.randint(1, len(CONTENT_IDS))):
            for number in range(self.rng.choice((1, 1, 2, 3))):
                if number > 0:
                    self.traits.add("content moved")
                few = min(self.rng.choice((0, 1, 2, 3, 4, 4)), len(self.posts))
                posts = self.rng.sample(self.posts, few)
                if self.maybe(0.3):
                    posts.append((self.rng.choice(self.platforms), "never delivered"))
                tags = [("topic", "ü"), ("topic", "ü"), ("campaign", "x"), ("topic", 'a"b')]
                record = {
                    "record": "content",
                    "content_id": content_id,
                    "title": self.rng.choice(TEXTS[1:7]),
                    "slug": f"slug-{number}",
                    "posts": [{"platform": on, "post_id": post} for on, post in posts],
                    "tags": [
                        {"type": type_, "value": value}
                        for type_, value in self.rng.sample(tags, self.rng.randint(0, 4))
                    ],
                }
                self.planned.append(Planned(self.moment(), record))
                self.plan_again(0.1, "duplicate")

    def plan_profiles(self) -> None:
        lurkers = [(self.rng.choice(self.platforms), "lurker")] if self.maybe(0.5) else []
        for platform, actor_id in self.actors + lurkers:
            count = self.rng.choice((0, 1, 1, 2, 3))
            times = [self.as_of, self.as_of + SECOND, self.moment(), self.moment(), None]
            for _ in range(count):
                observed_at = self.rng.choice(times)
                record = {
                    "record": "profile",
                    "platform": platform,
                    "actor_id": actor_id,
                    "username": self.rng.choice((f"{actor_id}_1", f"{actor_id}_2", "😀", None)),
                    "display_name": self.rng.choice((*TEXTS[1:7], None)),
                    "profile_url": self.rng.choice(("https://example.com/me", None)),
                    "follower_count": self.rng.choice((0, 7, 1000, 3_000_000_000, None)),
                    "is_verified": self.rng.choice((True, False, None)),
                    "observed_at": self.written(observed_at),
                }
                self.misname(record, f"{platform} {actor_id} {len(self.planned)}")
                self.plan(self.delivery_time(observed_at or self.moment()), record)
            if count > 1:
                self.traits.add("profile changing")

    def misname(self, profile: Record, seed: str) -> None:
        """Names as some programs write them: with the @ before it, or of nothing."""
        chance = random.Random(f"{self.seed} {seed}")
        if chance.random() < 0.3:
            names = (f"@{profile['actor_id']}_1", "@", *NO_NAMES)
            profile["username"] = chance.choice(names)
            profile["display_name"] = chance.choice((profile["display_name"], *NO_NAMES))

    def plan_counters(self) -> None:
        unmentioned = (self.platforms[0], "counted only")
        for platform, post_id in [*self.posts, unmentioned]:
            for metric in self.rng.sample(
                self.metrics, min(self.rng.randint(0, 3), len(self.metrics))
            ):
                value = 0
                for number in range(self.rng.choice((1, 2, 4))):
                    if number > 0:
                        self.traits.add("counter rising")
                    value += self.rng.choice((0, 1, 5, 5_000_000_000))
                    times = (self.as_of, self.as_of + MICROSECOND, self.moment(), None)
                    observed_at = self.rng.choice(times)
                    record = {
                        "record": "counter",
                        "platform": platform,
                        "post_id": post_id,
                        "metric": metric,
                        "value": value,
                        "observed_at": self.written(observed_at),
                    }
                    self.plan(self.delivery_time(observed_at or self.moment()), record)
