"""The author of a random history: plans all records and cuts them into loads and runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from oracle import Decision

from random_histories.chats import chat_records
from random_histories.descriptions import Descriptions
from random_histories.draft import Planned
from random_histories.history import AS_OF, History, Load, Record
from random_histories.interactions import Interactions
from random_histories.owners import ownership
from random_histories.words import DECISIONS, METRICS, MINUTE, SECOND, WEEKS


def history(seed: int, as_of: datetime = AS_OF, metrics: Sequence[str] = METRICS) -> History:
    """Return the history of a seed, around an instant; `metrics` are native counter names."""
    return Author(seed, as_of, tuple(metrics)).write()


def accepted(record: Record) -> Record:
    """Return the record, marked as anonymous where its actor is unknown."""
    if record["record"] != "interaction" or record.get("actor_id") is not None:
        return record
    return {"actor_kind": "anonymous", **record, "actor_id": None}


class Author(Descriptions, Interactions):
    """A draft that becomes a history."""

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
        told = ownership(self.seed, (item.record for item in self.planned), decisions)
        self.planned = [Planned(item.at, told.told(item.record)) for item in self.planned]
        self.traits |= told.traits
        loads = self.cut()
        if self.weeks == WEEKS:
            self.traits.add("long window")
        return History(
            seed=self.seed,
            workspace=self.workspace,
            as_of=self.as_of,
            is_settled=self.is_settled,
            loads=loads,
            decisions=(*decisions, *told.decisions),
            traits=frozenset(self.traits),
            own_accounts=told.own_accounts,
        )

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
            self.planned.append(Planned(at, record))

    def cut(self) -> tuple[Load, ...]:
        """Return the planned records in the order of delivery, cut into loads and runs."""
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
            Load(run_seq, load_no, received_at, tuple(map(accepted, batch)))
            for load_no, (run_seq, received_at, batch) in enumerate(
                zip(runs, times, batches, strict=True), start=1
            )
        )

    def runs(self, load_count: int) -> list[int]:
        """Return the run of every load: 1 to at most 4, none without a load."""
        run_count = min(self.rng.choice((1, 2, 3, 4, 4)), load_count)
        if run_count == 1:
            self.traits.add("one run")
        firsts = set(self.rng.sample(range(1, load_count), run_count - 1))
        runs = [1]
        for number in range(1, load_count):
            runs.append(runs[-1] + (1 if number in firsts else 0))
        return runs

    def times_of_landing(self, load_count: int) -> list[datetime]:
        """Return when each load was received; at times not in the order of landing."""
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
