"""A draft of a random history: its accounts, posts and instants, and the records planned.

All chance comes from one generator, so the same seed gives the same history.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from oracle import DAY, WEEKDAYS, Workspace, local_date, week_of

from random_histories.history import Record
from random_histories.words import (
    ACTOR_IDS,
    HOUR,
    MICROSECOND,
    MINUTE,
    PLATFORMS,
    POST_IDS,
    SECOND,
    TIME_ZONES,
    UNKNOWN_PLATFORM,
    WEEKS,
)


def clock_changes(zone_name: str, start: datetime, end: datetime) -> list[datetime]:
    """Return the hours between two instants in which a zone's clocks change."""
    zone = ZoneInfo(zone_name)
    changes = []
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        if (hour + HOUR).astimezone(zone).utcoffset() != hour.astimezone(zone).utcoffset():
            changes.append(hour + HOUR)
        hour += HOUR
    return changes


@dataclass
class Planned:
    """A record and when it is delivered, before loads are cut."""

    at: datetime
    record: Record


class Draft:
    """Records of one history as they are planned, with the time at which each is delivered."""

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
        self.planned: list[Planned] = []
        self.traits: set[str] = set()
        self.numbers: dict[str, int] = {}
        self.moments = self.notable_moments()
        self.platforms = self.some_platforms()
        self.actors = self.some_actors()
        self.posts = self.some_posts()
        self.has_fan = self.maybe(0.3, "fan")  # one account does most, and what scores most

    def maybe(self, probability: float, trait: str | None = None) -> bool:
        """True with a probability; a trait is noted if so."""
        happens = self.rng.random() < probability
        if happens and trait is not None:
            self.traits.add(trait)
        return happens

    def notable_moments(self) -> list[datetime]:
        """Return the instants where an off-by-one would show."""
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
        """Return some time of the history, often a notable one."""
        if self.maybe(0.35):
            return self.rng.choice(self.moments)
        span = int((self.end - self.start).total_seconds())
        moment = self.start + timedelta(seconds=self.rng.randint(0, span))
        if self.maybe(0.1):
            moment -= timedelta(microseconds=self.rng.randint(0, 999_999))
        return moment

    def moment_after(self, moment: datetime) -> datetime:
        """Return a later time; in a settled history not after as_of, so perhaps the same."""
        hours = timedelta(hours=self.rng.randint(1, 999))
        later = moment + self.rng.choice(
            (MICROSECOND, SECOND, DAY, 5 * DAY, hours, hours, hours)
        )
        if self.maybe(0.2):
            later = max(moment + MICROSECOND, self.rng.choice(self.moments))
        return min(later, self.as_of) if self.is_settled else later

    def written(self, moment: datetime | None) -> str | None:
        """Return a time as some platform would write it."""
        if moment is None:
            return None
        if self.maybe(0.6):
            return moment.isoformat().replace("+00:00", "Z")
        offset = timezone(timedelta(minutes=self.rng.choice((0, 60, 120, -300, 330))))
        return moment.astimezone(offset).isoformat()

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
        self.planned.append(Planned(at, record))

    def plan_again(self, probability: float, trait: str) -> None:
        """The record planned last, delivered once more, byte for byte."""
        if self.maybe(probability, trait):
            planned = self.planned[-1]
            self.planned.append(Planned(self.delivery_time(planned.at), planned.record))

    def delivery_time(self, moment: datetime) -> datetime:
        """Return when something of a moment is delivered: soon, late or at any time."""
        if self.is_shuffled:
            return self.moment()
        if self.maybe(0.12, "late"):
            return moment + timedelta(days=self.rng.randint(2, 90))
        return moment + timedelta(seconds=self.rng.randint(1, 7200))
