"""Chronicles that Hypothesis writes: any order of loads, mishaps, runs and changes.

Shape:  `check_histories` plays so many of them; a failing one is printed step by step, with the
        line that plays it again.
Units:  times are days and hours before the first instant as of which runs are.

What goes on after that instant is delivered in order and dated by its platform, so that what
was in effect then does not depend on more than the specification says.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from chronicle import INSTANTS, LOCAL_TIME, Chronicle, did, naive, written
from grounds import Grounds
from histories import AS_OF, HOUR, SECOND, Record
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from oracle import DAY
from stories import ANN, POSTS, counted

MOST_RUNS = 3  # besides those at the end
STEPS = (
    *("load", "ahead", "late", "slow commit", "duplicate", "same bytes", "edit", "retract"),
    *("conflict", "reject", "replay", "weight change", "time zone change", "time passes"),
    *("run", "kill", "rebuild"),
)

workspaces = st.sampled_from(("acme", "bolt"))
ages = st.one_of(
    st.integers(0, 60 * 24).map(lambda hours: hours * HOUR),
    st.sampled_from(
        (0 * DAY, 7 * DAY, 7 * DAY - SECOND, 30 * DAY, 30 * DAY + SECOND, 60 * DAY)
    ),
)
types = st.sampled_from(("comment", "like", "share", "link_click", "view", "boop"))
texts = st.sampled_from(("", "great", "naïve café", None))
things_done = st.fixed_dictionaries(
    {
        "platform": st.sampled_from(("tiktok", "youtube")),
        "type": types,
        "actor_id": st.sampled_from(("ann", "bob", "cem", None)),
        "post_id": st.sampled_from(("p1", "p2", None)),
        "text": texts,
    }
)
descriptions = st.sampled_from(
    (
        *(*POSTS, ANN, {**ANN, "username": "anna", "observed_at": written(AS_OF - DAY)}),
        *(counted(value, days) for value, days in ((3, 9), (8, 2), (5, 5), (0, 1))),
    )
)
which = st.integers(0, 1000)  # of what there is, counted round


class Machine(RuleBasedStateMachine):
    """One chronicle; every rule is one step of it."""

    grounds: Grounds
    told: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.chronicle = Chronicle(self.grounds)
        self.newest: dict[tuple[str, str], Record] = {}  # by workspace and id, as delivered
        self.runs = 0

    def teardown(self) -> None:
        """In the end a rebuild makes what the runs have made."""
        try:
            if self.chronicle.is_sound:
                self.chronicle.rebuild()
        finally:
            self.chronicle.end()

    def may_run(self) -> bool:
        """Whether a run is not one too many."""
        return self.runs < MOST_RUNS

    def has_slow(self) -> bool:
        """Whether a load waits for its commit."""
        return self.chronicle.slow is not None

    def tell(self, step: str) -> None:
        """Count a step, so that a rule that never holds is noticed."""
        self.told[step] += 1

    # -- loads --

    @initialize(workspace=workspaces, things=st.lists(things_done, min_size=2, max_size=5))
    def begin(self, workspace: str, things: list[Record]) -> None:
        self.load(workspace, things, 3 * DAY, [])

    @rule(
        workspace=workspaces,
        things=st.lists(things_done, min_size=1, max_size=4),
        age=ages,
        described=st.lists(descriptions, max_size=2),
    )
    def load(
        self, workspace: str, things: list[Record], age: timedelta, described: list[Record]
    ) -> None:
        self.tell("load")
        records = [self.new(workspace, thing, AS_OF - age) for thing in things]
        self.chronicle.load(workspace, *records, *described)

    @rule(workspace=workspaces, thing=things_done, days=st.integers(1, 15))
    def load_ahead(self, workspace: str, thing: Record, days: int) -> None:
        """What happens after the first instant; its platform says when it took effect."""
        self.tell("ahead")
        moment = AS_OF + days * DAY
        record = self.new(workspace, {**thing, "version_at": written(moment)}, moment)
        self.chronicle.load(workspace, record)

    @rule(workspace=workspaces, thing=things_done, days=st.integers(61, 200))
    def load_late(self, workspace: str, thing: Record, days: int) -> None:
        self.tell("late")
        self.chronicle.load(workspace, self.new(workspace, thing, AS_OF - days * DAY))

    @precondition(lambda self: not self.has_slow())
    @rule(workspace=workspaces, things=st.lists(things_done, min_size=1, max_size=3), age=ages)
    def load_slowly(self, workspace: str, things: list[Record], age: timedelta) -> None:
        """A load that commits while a later run is under way."""
        self.tell("slow commit")
        records = [self.new(workspace, thing, AS_OF - age, "slow") for thing in things]
        self.chronicle.load_slowly(workspace, *records)

    @rule(which=which)
    def duplicate(self, which: int) -> None:
        self.tell("duplicate")
        workspace, record = self.some(which)
        self.chronicle.load(workspace, record)

    @rule(which=which)
    def deliver_same_bytes(self, which: int) -> None:
        self.tell("same bytes")
        landings = [item for item in self.chronicle.landings if not item.is_replay]
        self.chronicle.load_same_bytes(landings[which % len(landings)])

    @rule(which=which, type_=types, text=texts, age=st.none() | ages)
    def edit(self, which: int, type_: str, text: str | None, age: timedelta | None) -> None:
        self.tell("edit")
        self.change(which, {"type": type_, "text": text}, age)

    @rule(which=which, age=st.none() | ages)
    def retract(self, which: int, age: timedelta | None) -> None:
        """Take something back, or back again."""
        self.tell("retract")
        _, record = self.some(which)
        self.change(which, {"retracted": not record.get("retracted", False)}, age)

    @rule(
        which=which,
        field=st.sampled_from(("actor_id", "post_id", "occurred_at")),
        other=st.sampled_from(("ann", "bob", "p1", "p2")),
        age=ages,
    )
    def contradict(self, which: int, field: str, other: str, age: timedelta) -> None:
        self.tell("conflict")
        workspace, record = self.some(which)
        if not is_ahead(record):
            value = written(AS_OF - age) if field == "occurred_at" else other
            self.chronicle.load(workspace, {**record, field: value})

    @rule(workspace=workspaces, things=st.lists(things_done, min_size=1, max_size=3), age=ages)
    def load_rejects(self, workspace: str, things: list[Record], age: timedelta) -> None:
        """Times without a zone: rejected until somebody says which was meant."""
        self.tell("reject")
        records = [
            self.new(workspace, thing, AS_OF - age - 2 * DAY, "naive") for thing in things
        ]
        self.chronicle.load(workspace, *map(naive, records))

    @precondition(lambda self: any(landing.rejected for landing in self.chronicle.landings))
    @rule()
    def replay(self) -> None:
        self.tell("replay")
        self.chronicle.replay()

    # -- configuration and time --

    @rule(
        type_=st.sampled_from(("comment", "like", "share")), weight=st.sampled_from((0, 2, 90))
    )
    def reweigh(self, type_: str, weight: int) -> None:
        self.tell("weight change")
        self.chronicle.reweigh(type_, weight)

    @rule(
        workspace=workspaces,
        zone=st.sampled_from(("UTC", LOCAL_TIME, "Asia/Kolkata", "Pacific/Auckland")),
    )
    def move(self, workspace: str, zone: str) -> None:
        self.tell("time zone change")
        self.chronicle.move(workspace, zone)

    @precondition(lambda self: self.runs > 0)
    @rule()
    def pass_time(self) -> None:
        self.tell("time passes")
        self.chronicle.pass_time()

    # -- runs --

    @precondition(may_run)
    @rule(commit_at=st.integers(1, 15))
    def run(self, commit_at: int) -> None:
        self.tell("run")
        self.runs += 1
        self.chronicle.run(commit_at)

    @precondition(may_run)
    @rule(after=st.integers(1, 200))
    def kill(self, after: int) -> None:
        self.tell("kill")
        self.chronicle.kill(after)

    @precondition(may_run)
    @rule()
    def rebuild(self) -> None:
        self.tell("rebuild")
        self.runs += 1
        self.chronicle.rebuild()

    # -- what there is --

    def new(self, workspace: str, thing: Record, moment: datetime, kind: str = "") -> Record:
        """Something that has not been delivered yet."""
        native_id = f"{kind}{len(self.newest)}"
        anonymous = {"actor_kind": "anonymous"} if thing["actor_id"] is None else {}
        record = did(native_id, moment, **thing, **anonymous)
        self.newest[workspace, native_id] = record
        return record

    def some(self, which: int) -> tuple[str, Record]:
        """A workspace and the newest delivery of one of its interactions."""
        (workspace, _), record = list(self.newest.items())[which % len(self.newest)]
        return workspace, record

    def change(self, which: int, changes: Record, age: timedelta | None) -> None:
        """Deliver another state, dated or not; what is ahead goes on day by day."""
        workspace, record = self.some(which)
        version_at = None if age is None else AS_OF - age
        if is_ahead(record):
            version_at = datetime.fromisoformat(record["version_at"]) + DAY
        changed = {**record, **changes, "version_at": written(version_at)}
        self.newest[workspace, record["id"]] = changed
        self.chronicle.load(workspace, changed)


def is_ahead(record: Record) -> bool:
    """Whether a record belongs to what happens after the first instant."""
    return datetime.fromisoformat(record["occurred_at"]) > INSTANTS[0]


def check_histories(
    grounds: Grounds, count: int, steps: int, number: int | None = None
) -> Counter[str]:
    """Play histories, the same ones each time; how often each step was taken.

    `number`: other histories for each.
    """
    told: Counter[str] = Counter()
    machine: Any = type("Machine", (Machine,), {"grounds": grounds, "told": told})
    if number is not None:
        machine = seed(number)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=steps,
            derandomize=number is None,
            print_blob=True,
            deadline=None,
            database=None,
            phases=(Phase.generate,),  # a step takes seconds: too long to look for fewer
            suppress_health_check=list(HealthCheck),
        ),
    )
    return told
