"""Random but repeatable histories: small workspaces whose deliveries misbehave.

Shape:  a seed and an as-of instant in -> one `History`: a workspace, loads of generic NDJSON
        records split over runs, decisions, and the traits that it happens to have.
Units:  instants aware, UTC; times in records ISO 8601 with an offset.
Errors: none; the same arguments give the same history.

Even seeds are settled: nothing happens after the as-of instant, and anything goes. Odd seeds
go on after it; there the versions of one interaction take effect at ever later times, so
that what was in effect at the instant does not depend on more than the specification says.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from chat_histories import chat_records
from oracle import DAY, TYPES, WEEKDAYS, Decision, Delivery, Workspace, local_date, week_of

Record = dict[str, Any]

AS_OF = datetime(2025, 11, 19, 12, 0, tzinfo=UTC)  # weeks after the end of summer time

PLATFORMS = ("tiktok", "instagram", "youtube", "facebook", "discord", "product")
UNKNOWN_PLATFORM = "forum"
UNKNOWN_TYPES = ("boop", "Comment", "super_like")
COMMON_TYPES = ("comment", "comment", "like", "like", "share", "save", "link_click", "view")
METRICS = ("comment", "like", "share", "view", "mystery_metric")
TIME_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
ACTOR_IDS = ("42", "anna", "Anna", "bob@example", "ü-7", "o'neil", "back\\slash", "9" * 19)
POST_IDS = ("p1", "p2", "p3", "42", "post:é", 'quoted "id"', "a b", "p8")
CONTENT_IDS = ("launch", "épisode-2", "42")
DECISIONS = ("blocked", "vip", "normal", "bot", "not_bot", "staff", "not_staff", "opted_out")
TEXTS = (
    "",
    "great",
    "naïve café",
    "👍🏽 👩‍👩‍👧 🇩🇪",
    "שלום عالم",
    'she said "hi", it\'s ok',
    "C:\\new\\table \\u0041 \\N",
    "line one\nline two\ttab",
    "null",
    "{'not': json} -- ; drop",
    "  spaces  ",
    "語" * 300,
)
WEEKS = 20
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Load:
    """Some records landed together, in a run."""

    run_seq: int  # 1-based within the history
    load_no: int  # 1-based within the history; in landing order
    received_at: datetime
    records: tuple[Record, ...]

    def ndjson(self) -> bytes:
        """The file to land: one record a line."""
        lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in self.records]
        return "".join(lines).encode()


@dataclass(frozen=True)
class History:
    """One workspace and everything delivered to it."""

    seed: int
    workspace: Workspace
    as_of: datetime
    is_settled: bool  # nothing occurs or changes after as_of
    loads: tuple[Load, ...]
    decisions: tuple[Decision, ...]
    traits: frozenset[str]  # what is peculiar about it, see TRAITS

    def deliveries(self) -> tuple[Delivery, ...]:
        """What the oracle takes: every record with its place in the delivery order."""
        return tuple(
            Delivery(load.run_seq, load.load_no, line_no, load.received_at, record)
            for load in self.loads
            for line_no, record in enumerate(load.records, start=1)
        )

    def received(self, times: Mapping[int, datetime]) -> History:
        """The same history with other times of landing, by load number."""
        loads = [replace(load, received_at=times[load.load_no]) for load in self.loads]
        return replace(self, loads=tuple(loads))


TRAITS = frozenset(
    {
        "bot",
        "conflict",
        "content moved",
        "counter rising",
        "decision",
        "duplicate",
        "edited",
        "empty text",
        "equal versions",
        "fan",
        "fill-in",
        "late",
        "long window",
        "no actor",
        "one run",
        "out of order",
        "profile changing",
        "re-added",
        "received out of order",
        "retracted",
        "retracted before it arrived",
        "several in one run",
        "unknown platform",
        "unknown post",
        "unknown time",
        "unknown type",
        "without version_at",
    }
)


def history(seed: int, as_of: datetime = AS_OF, metrics: Sequence[str] = METRICS) -> History:
    """The history of a seed, around an instant; `metrics` are native counter names."""
    return _Author(seed, as_of, tuple(metrics)).write()


def _accepted(record: Record) -> Record:
    """An interaction whose actor is unknown says so, as the format wants it."""
    if record["record"] != "interaction" or record.get("actor_id") is not None:
        return record
    return {"actor_kind": "anonymous", **record, "actor_id": None}


def clock_changes(zone_name: str, start: datetime, end: datetime) -> list[datetime]:
    """The hours between two instants in which a zone's clocks change."""
    zone = ZoneInfo(zone_name)
    changes = []
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        if (hour + HOUR).astimezone(zone).utcoffset() != hour.astimezone(zone).utcoffset():
            changes.append(hour + HOUR)
        hour += HOUR
    return changes


@dataclass
class _Planned:
    """A record and when it is delivered, before loads are cut."""

    at: datetime
    record: Record


class _Author:
    """Writes one history; all chance comes from its own generator."""

    def __init__(self, seed: int, as_of: datetime, metrics: tuple[str, ...]) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.as_of = as_of
        self.metrics = metrics
        self.is_settled = seed % 2 == 0
        self.weeks = self.rng.choice((0, 1, 3, 6, 12, WEEKS, WEEKS))
        self.start = as_of - timedelta(weeks=self.weeks) - 2 * DAY
        self.end = as_of if self.is_settled else as_of + self.rng.choice((2, 10, 40)) * DAY
        self.workspace = Workspace(
            workspace_id=f"h{seed:03d}",
            time_zone=self.rng.choice(TIME_ZONES),
            week_start=self.rng.choice(("monday", "sunday", "monday", *WEEKDAYS)),
            issue_teams=("ENG", "OPS") if seed % 3 == 0 else (),
        )
        self.is_shuffled = self.rng.random() < 1 / 3  # delivery order unrelated to time
        self.planned: list[_Planned] = []
        self.traits: set[str] = set()
        self.numbers: dict[str, int] = {}
        self.moments = self.notable_moments()
        self.platforms = self.some_platforms()
        self.actors = self.some_actors()
        self.posts = self.some_posts()
        self.has_fan = self.maybe(0.3, "fan")  # one account does most, and what scores most

    def write(self) -> History:
        """Plans all records, then cuts them into loads and runs."""
        self.plan_posts()
        self.plan_contents()
        self.plan_profiles()
        self.plan_counters()
        for _ in range(self.rng.randint(60 if self.has_fan else 10, 80)):
            self.plan_interaction()
        self.plan_chats()
        decisions = self.some_decisions()
        loads = self.cut()
        if self.weeks == WEEKS:
            self.traits.add("long window")
        return History(
            seed=self.seed,
            workspace=self.workspace,
            as_of=self.as_of,
            is_settled=self.is_settled,
            loads=loads,
            decisions=decisions,
            traits=frozenset(self.traits),
        )

    # -- chance --

    def maybe(self, probability: float, trait: str | None = None) -> bool:
        """True with a probability; a trait is noted if so."""
        happens = self.rng.random() < probability
        if happens and trait is not None:
            self.traits.add(trait)
        return happens

    def notable_moments(self) -> list[datetime]:
        """The instants where an off-by-one would show."""
        zone = ZoneInfo(self.workspace.time_zone)
        moments = [self.as_of - days * DAY for days in (0, 7, 30, 60, 90)]
        for weeks in range(self.weeks + 1):
            week = week_of(self.workspace, self.as_of - timedelta(weeks=weeks))
            moments.append(datetime.combine(week, time(0), tzinfo=zone).astimezone(UTC))
        for change in clock_changes(self.workspace.time_zone, self.start, self.end):
            moments.extend(change + minutes * MINUTE for minutes in (-90, -30, 0, 30, 90))
            day = local_date(self.workspace, change)
            midnight = datetime.combine(day, time(0), tzinfo=zone)
            moments.append(midnight.astimezone(UTC))
        nearby = [
            moment + step for moment in moments for step in (-MICROSECOND, -SECOND, SECOND)
        ]
        return [moment for moment in moments * 3 + nearby if self.start <= moment <= self.end]

    def moment(self) -> datetime:
        """Some time of the history, often a notable one."""
        if self.maybe(0.35):
            return self.rng.choice(self.moments)
        span = int((self.end - self.start).total_seconds())
        moment = self.start + timedelta(seconds=self.rng.randint(0, span))
        if self.maybe(0.1):
            moment -= timedelta(microseconds=self.rng.randint(0, 999_999))
        return moment

    def moment_after(self, moment: datetime) -> datetime:
        """A later time; in a settled history not after as_of, so perhaps the same."""
        hours = timedelta(hours=self.rng.randint(1, 999))
        later = moment + self.rng.choice(
            (MICROSECOND, SECOND, DAY, 5 * DAY, hours, hours, hours)
        )
        if self.maybe(0.2):
            later = max(moment + MICROSECOND, self.rng.choice(self.moments))
        return min(later, self.as_of) if self.is_settled else later

    def written(self, moment: datetime | None) -> str | None:
        """A time as some platform would write it."""
        if moment is None:
            return None
        if self.maybe(0.6):
            return moment.isoformat().replace("+00:00", "Z")
        offset = timezone(timedelta(minutes=self.rng.choice((0, 60, 120, -300, 330))))
        return moment.astimezone(offset).isoformat()

    # -- who and what --

    def some_platforms(self) -> list[str]:
        platforms = self.rng.sample(PLATFORMS, self.rng.randint(2, 4))
        if self.maybe(0.25, "unknown platform"):
            platforms[-1] = UNKNOWN_PLATFORM
        return platforms

    def some_actors(self) -> list[tuple[str, str]]:
        everybody = [(platform, actor) for platform in self.platforms for actor in ACTOR_IDS]
        return self.rng.sample(everybody, self.rng.randint(3, 10))

    def some_posts(self) -> list[tuple[str, str]]:
        count = self.rng.randint(2, len(POST_IDS))
        crowded = self.platforms[: self.rng.choice((0, 0, 0, 1, 1, 2))]
        if crowded:  # enough posts on a platform for a percentile
            many = self.rng.randint(6, len(POST_IDS))
            return [(on, post) for on in crowded for post in self.rng.sample(POST_IDS, many)]
        everything = [(platform, post) for platform in self.platforms for post in POST_IDS]
        return self.rng.sample(everything, count)

    def plan(self, at: datetime, record: Record) -> None:
        """A record to be delivered about a time; a null is at times left out."""
        if self.maybe(0.5):
            record = {name: value for name, value in record.items() if value is not None}
        self.planned.append(_Planned(at, record))

    def plan_again(self, probability: float, trait: str) -> None:
        """The record planned last, delivered once more, byte for byte."""
        if self.maybe(probability, trait):
            planned = self.planned[-1]
            self.planned.append(_Planned(self.delivery_time(planned.at), planned.record))

    def delivery_time(self, moment: datetime) -> datetime:
        """When something of a moment is delivered: soon, late, or whenever."""
        if self.is_shuffled:
            return self.moment()
        if self.maybe(0.12, "late"):
            return moment + timedelta(days=self.rng.randint(2, 90))
        return moment + timedelta(seconds=self.rng.randint(1, 7200))

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
                self.planned.append(_Planned(self.moment(), record))
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
                self.plan(self.delivery_time(observed_at or self.moment()), record)
            if count > 1:
                self.traits.add("profile changing")

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

    def some_decisions(self) -> tuple[Decision, ...]:
        decisions = []
        strangers = [(platform, "stranger") for platform in self.platforms[:1]]
        for order in range(self.rng.choice((0, 0, 1, 3, 6))):
            platform, actor_id = self.rng.choice(self.actors + strangers)
            kind = self.rng.choice(DECISIONS)
            decisions.append(Decision(order, kind, platform, actor_id))
            self.traits.add("decision")
        return tuple(decisions)

    def plan_chats(self) -> None:
        """Channels, what is said there, and issues."""
        for at, record in chat_records(
            self.seed, self.start, self.end, is_settled=self.is_settled
        ):
            self.planned.append(_Planned(at, record))

    # -- interactions --

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
        """The first state of an interaction."""
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
        """The product also tells, well or badly, how long and how far; and what is dropped."""
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
        """A new id on a platform; other platforms use the same ones."""
        number = self.numbers[platform] = self.numbers.get(platform, 0) + 1
        return (f"{number}", f"c:{number}", f"é'{number}\\")[number % 3]

    def versions(self, original: Record) -> list[tuple[datetime, Record]]:
        """The original and its edits and retractions, each with its time, oldest first."""
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
        """The next state: retracted, re-added or edited."""
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
        """A retraction that says no more than what was retracted."""
        kept = ("record", "platform", "id", "type", "retracted", "version_at")
        return {field: record[field] for field in kept}

    def contradicting(self, record: Record) -> Record:
        """The same state under another identity."""
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

    # -- loads and runs --

    def cut(self) -> tuple[Load, ...]:
        """All planned records in the order of delivery, cut into loads, those into runs."""
        records = [item.record for item in sorted(self.planned, key=lambda item: item.at)]
        load_count = min(self.rng.choice((1, 2, 3, 4, 5, 6, 6)), len(records))
        cuts = sorted(self.rng.sample(range(1, len(records)), load_count - 1))
        batches: list[tuple[Record, ...]] = []
        for start, end in zip([0, *cuts], [*cuts, len(records)], strict=True):
            batch = tuple(records[start:end])
            if batch in batches:  # the same bytes would not land twice
                batches[-1] += batch
            else:
                batches.append(batch)
        runs = self.runs(len(batches))
        times = self.times_of_landing(len(batches))
        self.note_runs(batches, runs)
        return tuple(
            Load(run_seq, load_no, received_at, tuple(map(_accepted, batch)))
            for load_no, (run_seq, received_at, batch) in enumerate(
                zip(runs, times, batches, strict=True), start=1
            )
        )

    def runs(self, load_count: int) -> list[int]:
        """The run of every load: 1 to at most 4, none without a load."""
        run_count = min(self.rng.choice((1, 2, 3, 4, 4)), load_count)
        if run_count == 1:
            self.traits.add("one run")
        firsts = set(self.rng.sample(range(1, load_count), run_count - 1))
        runs = [1]
        for number in range(1, load_count):
            runs.append(runs[-1] + (1 if number in firsts else 0))
        return runs

    def times_of_landing(self, load_count: int) -> list[datetime]:
        """When each load was received; at times not in the order of landing."""
        times = sorted(self.moment() + MINUTE for _ in range(load_count))
        if self.maybe(0.3):  # all at once, as a backfill is
            times = [self.as_of + number * SECOND for number in range(load_count)]
        if load_count > 1 and self.maybe(0.15, "received out of order"):
            times[0], times[-1] = times[-1], times[0]
        return times

    def note_runs(self, batches: Sequence[tuple[Record, ...]], runs: Sequence[int]) -> None:
        """Notes whether a run holds several different states of one interaction."""
        states: dict[tuple[int, str, str], set[str]] = {}
        for run_seq, batch in zip(runs, batches, strict=True):
            for record in batch:
                if record["record"] == "interaction":
                    identity = (run_seq, record["platform"], record["id"])
                    states.setdefault(identity, set()).add(json.dumps(record))
        if any(len(different) > 1 for different in states.values()):
            self.traits.add("several in one run")
