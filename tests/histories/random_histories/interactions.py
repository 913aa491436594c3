"""Interactions in a random history: versions, retractions, copies and contradictions."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime
from typing import Any

from oracle import TYPES

from random_histories.draft import Draft
from random_histories.history import Record
from random_histories.words import COMMON_TYPES, HOUR, SECOND, TEXTS, UNKNOWN_TYPES


class Interactions(Draft):
    """A draft that plans interactions with all their versions."""

    def plan_interaction(self) -> None:
        """One interaction with all its versions and mishaps."""
        original = self.original()
        versions = self.versions(original)
        if len(versions) > 1 and (self.maybe(0.3) or self.is_shuffled):
            self.rng.shuffle(versions)
            if any(later[0] < earlier[0] for earlier, later in itertools.pairwise(versions)):
                self.traits.add("out of order")
            if versions[0][1].get("retracted"):
                self.traits.add("retracted before it arrived")
        at = self.delivery_time(versions[0][0])
        for moment, record in versions:
            at = max(at + SECOND, self.delivery_time(moment))
            self.plan(at, record)
            # Delivered again without a version, an old state would come back as a new one.
            if self.is_settled or record.get("version_at") or len(versions) == 1:
                self.plan_again(0.12, "duplicate")
        if self.maybe(0.1, "conflict"):
            self.plan(self.delivery_time(at), self.contradicting(versions[0][1]))

    def original(self) -> Record:
        """Return the first state of an interaction."""
        is_by_fan = self.has_fan and self.maybe(0.7)
        platform, actor_id = self.actors[0] if is_by_fan else self.rng.choice(self.actors)
        on_platform = [post for post in self.posts if post[0] == platform]
        post_id: str | None = None
        if on_platform and not self.maybe(0.1):
            post_id = self.rng.choice(on_platform)[1]
        elif self.maybe(0.5, "unknown post"):
            post_id = "never described"
        native_type = self.rng.choice((*COMMON_TYPES, *COMMON_TYPES, *TYPES))
        if is_by_fan:
            native_type = self.rng.choice(("link_click", "link_click", "link_click", "share"))
        if self.maybe(0.05, "unknown type"):
            native_type = self.rng.choice(UNKNOWN_TYPES)
        text = None
        if native_type in ("comment", "message", "dm") or self.maybe(0.1):
            text = self.rng.choice(TEXTS)
            if text == "":
                self.traits.add("empty text")
        is_bot = actor_id == "9" * 19 and self.maybe(0.5, "bot")
        occurred_at = None if self.maybe(0.06, "unknown time") else self.moment()
        native_id = self.native_id(platform)
        return {
            "record": "interaction",
            "platform": platform,
            "id": native_id,
            "type": native_type,
            "actor_id": None if self.maybe(0.06, "no actor") else actor_id,
            "post_id": post_id,
            "occurred_at": self.written(occurred_at),
            "text": text,
            "thread_id": self.rng.choice(("t1", "t2", None)),
            "parent_id": self.rng.choice(("0", None)),
            "kind": self.rng.choice(("love", "👍", None)),
            "sentiment": self.rng.choice(("positive", "negative", "neutral", None)),
            "retracted": False,
            "version_at": None,
            "actor_kind": "bot" if is_bot else self.rng.choice(("person", "page", None, None)),
            "metadata": self.measured(
                platform,
                native_id,
                self.rng.choice(({"source": "feed"}, {"n": [1, {"x": None}]}, None)),
            ),
        }

    def measured(self, platform: str, native_id: str, metadata: Any) -> Any:
        """Return the metadata; the product adds durations and depths, valid or not."""
        chance = random.Random(f"{self.seed} {native_id}")
        if platform != "product":
            return metadata
        if chance.random() < 0.2:
            return None
        durations = (0, 999, 1000, 1000.5, 5432, "2500", "999.5", "long", -5, 2**31, None, True)
        depths = (0, 12.5, 50, "75", 100, 100.5, "deep", None)
        return {
            **(metadata or {}),
            "duration": chance.choice(durations),
            "scroll_depth": chance.choice(depths),
            "ip": "203.0.113.9",
        }

    def native_id(self, platform: str) -> str:
        """Return a new id on a platform; other platforms use the same ones."""
        number = self.numbers[platform] = self.numbers.get(platform, 0) + 1
        return (f"{number}", f"c:{number}", f"é'{number}\\")[number % 3]

    def versions(self, original: Record) -> list[tuple[datetime, Record]]:
        """Return the original, its edits and retractions with their times, oldest first."""
        occurred_at = original["occurred_at"]
        moment = datetime.fromisoformat(occurred_at) if occurred_at else self.moment()
        moment = moment.astimezone(UTC)
        changes = self.rng.choice((0, 0, 0, 0, 1, 1, 2, 3))
        # After as_of only the platform's own times say what was in effect when.
        is_dated = changes > 0 and (not self.is_settled or self.maybe(0.6))
        first = dict(original)
        if is_dated and (not self.is_settled or self.maybe(0.5)):
            first["version_at"] = self.written(moment)
        versions = [(moment, first)]
        state = dict(original)
        for _ in range(changes):
            if not self.is_settled or not self.maybe(0.1, "equal versions"):
                moment = self.moment_after(moment)
            state = self.changed(state)
            sent = dict(state)
            if is_dated and (not self.is_settled or not self.maybe(0.1)):
                sent["version_at"] = self.written(moment)
            else:
                self.traits.add("without version_at")
            if state["retracted"] and self.is_settled and self.maybe(0.4):
                sent = self.bare_retraction(sent)
            versions.append((moment, sent))
        if changes and self.is_settled and self.maybe(0.15, "fill-in"):
            # An early state that lacked what a later delivery knows.
            for field in self.rng.sample(("actor_id", "post_id", "occurred_at"), 2):
                first[field] = None
        return versions

    def changed(self, state: Record) -> Record:
        """Return the next state: retracted, re-added or edited."""
        if state["retracted"]:
            self.traits.add("re-added")
            return {**state, "retracted": False}
        if self.maybe(0.5, "retracted"):
            return {**state, "retracted": True}
        self.traits.add("edited")
        edited = dict(state)
        edited["text"] = self.rng.choice(TEXTS)
        if self.maybe(0.3):
            edited["type"] = self.rng.choice((*COMMON_TYPES, *UNKNOWN_TYPES))
        if self.maybe(0.3):
            edited["kind"] = self.rng.choice(("haha", None))
        if self.maybe(0.04, "bot"):
            edited["actor_kind"] = "bot"
        return edited

    def bare_retraction(self, record: Record) -> Record:
        """Return a retraction that says no more than what was retracted."""
        kept = ("record", "platform", "id", "type", "retracted", "version_at")
        return {field: record[field] for field in kept}

    def contradicting(self, record: Record) -> Record:
        """Return the same state under another identity."""
        contradiction = dict(record)
        field = self.rng.choice(("actor_id", "post_id", "occurred_at"))
        if record.get(field) is None:  # nothing to contradict
            return contradiction
        if field != "occurred_at":
            contradiction[field] = self.rng.choice(("somebody else", "p1"))
        else:
            # Earlier, so that no version takes effect before the interaction does.
            earlier = datetime.fromisoformat(record["occurred_at"]) - 3 * HOUR
            contradiction["occurred_at"] = self.written(earlier)
        return contradiction
