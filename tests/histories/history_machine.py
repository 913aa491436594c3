"""Histories that Hypothesis writes: loads, faults, runs and changes in any order.

Shape:  `check_histories` runs a number of them. Hypothesis prints a failing one step by step,
        with the line that repeats it.
Units:  times are days and hours before the instant of the first run.

Interactions after that instant arrive in order and carry their platform's times. So what was in
effect at the instant depends on the specification alone.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from dbt_env import DbtEnv
from history_records import LOCAL_TIME, did, naive, written
from history_runner import INSTANTS, HistoryRunner, Hold
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
from own_exports import Comment, Declaration, Export
from random_histories import AS_OF, HOUR, SECOND, Record
from scenarios import ANN, POSTS, counted

MOST_RUNS = 3  # besides those at the end
STEPS = (
    *("load", "ahead", "late", "slow commit", "duplicate", "same bytes", "edit", "retract"),
    *(
        "conflict",
        "reject",
        "replay",
        "export",
        "declared later",
        "weight change",
        "tier change",
        "time zone change",
    ),
    *("time passes",),
    *("run", "kill", "rebuild", "held by a delivery", "held by a seed"),
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
declarations = st.builds(
    Declaration,
    account=st.sampled_from((None, "ann", "bob")),
    timezone=st.sampled_from((None, LOCAL_TIME)),
)
which = st.integers(0, 1000)  # of what there is, counted round


class HistoryMachine(RuleBasedStateMachine):
    """State machine of one history; every rule is one step."""

    dbt_env: DbtEnv
    told: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.runner = HistoryRunner(self.dbt_env)
        self.newest: dict[tuple[str, str], Record] = {}  # by workspace and id, as delivered
        self.runs = 0

    def teardown(self) -> None:
        """Run, then rebuild; the result of both must be equal."""
        try:
            if self.runner.is_sound:
                self.run(commit_at=1)
                self.runner.rebuild()
        finally:
            self.runner.end()

    def may_run(self) -> bool:
        """Return whether another run is allowed."""
        return self.runs < MOST_RUNS

    def has_slow(self) -> bool:
        """Return whether a load is not yet committed."""
        return self.runner.slow is not None

    def tell(self, step: str) -> None:
        """Count a step, so that the test notices a rule that never applies."""
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
        self.runner.load(workspace, *records, *described)

    @rule(workspace=workspaces, thing=things_done, days=st.integers(1, 15))
    def load_ahead(self, workspace: str, thing: Record, days: int) -> None:
        """Load an interaction after the first instant, dated by its platform."""
        self.tell("ahead")
        moment = AS_OF + days * DAY
        record = self.new(workspace, {**thing, "version_at": written(moment)}, moment)
        self.runner.load(workspace, record)

    @rule(workspace=workspaces, thing=things_done, days=st.integers(61, 200))
    def load_late(self, workspace: str, thing: Record, days: int) -> None:
        self.tell("late")
        self.runner.load(workspace, self.new(workspace, thing, AS_OF - days * DAY))

    @precondition(lambda self: not self.has_slow())
    @rule(workspace=workspaces, things=st.lists(things_done, min_size=1, max_size=3), age=ages)
    def load_slowly(self, workspace: str, things: list[Record], age: timedelta) -> None:
        """Begin a load that commits during a later run."""
        self.tell("slow commit")
        records = [self.new(workspace, thing, AS_OF - age, "slow") for thing in things]
        self.runner.load_slowly(workspace, *records)

    @rule(which=which)
    def duplicate(self, which: int) -> None:
        self.tell("duplicate")
        workspace, record = self.some(which)
        self.runner.load(workspace, record)

    @rule(which=which)
    def deliver_same_bytes(self, which: int) -> None:
        self.tell("same bytes")
        landings = [
            item for item in self.runner.landings if not item.is_replay and item.export is None
        ]
        self.runner.load_same_bytes(landings[which % len(landings)])

    @rule(which=which, type_=types, text=texts, age=st.none() | ages)
    def edit(self, which: int, type_: str, text: str | None, age: timedelta | None) -> None:
        self.tell("edit")
        self.change(which, {"type": type_, "text": text}, age)

    @rule(which=which, age=st.none() | ages)
    def retract(self, which: int, age: timedelta | None) -> None:
        """Retract an interaction, or undo its retraction."""
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
            self.runner.load(workspace, {**record, field: value})

    @rule(workspace=workspaces, things=st.lists(things_done, min_size=1, max_size=3), age=ages)
    def load_rejects(self, workspace: str, things: list[Record], age: timedelta) -> None:
        """Load times without a zone; the loader rejects them until a zone is declared."""
        self.tell("reject")
        records = [
            self.new(workspace, thing, AS_OF - age - 2 * DAY, "naive") for thing in things
        ]
        self.runner.load(workspace, *map(naive, records))

    @precondition(lambda self: any(landing.rejected for landing in self.runner.landings))
    @rule()
    def replay(self) -> None:
        self.tell("replay")
        self.runner.replay()

    @rule(
        workspace=workspaces,
        are_naive=st.lists(st.booleans(), min_size=1, max_size=3),
        age=ages,
        declared=declarations,
    )
    def load_export(
        self,
        workspace: str,
        are_naive: list[bool],
        age: timedelta,
        declared: Declaration,
    ) -> None:
        """Load own comments; the declaration may lack the account or the zone."""
        self.tell("export")
        number = len(self.runner.landings)
        comments = tuple(
            Comment(f"Ug{number}-{place}", AS_OF - age - 2 * DAY, is_naive, f"own {place}")
            for place, is_naive in enumerate(are_naive)
        )
        self.runner.load_export(workspace, Export(comments), declared)

    @precondition(lambda self: any(landing.export for landing in self.runner.landings))
    @rule(which=which, declared=declarations)
    def declare_later(self, which: int, declared: Declaration) -> None:
        """Load the same file again, with a fuller or a poorer declaration."""
        self.tell("declared later")
        landings = [item for item in self.runner.landings if item.export]
        landing = landings[which % len(landings)]
        assert landing.export is not None
        self.runner.load_export(landing.workspace, landing.export[0], declared)

    # -- configuration and time --

    @rule(
        type_=st.sampled_from(("comment", "like", "share")), weight=st.sampled_from((0, 2, 90))
    )
    def reweigh(self, type_: str, weight: int) -> None:
        self.tell("weight change")
        self.runner.reweigh(type_, weight)

    @rule(tier=st.sampled_from(("super_fan", "active")), by=st.sampled_from((0, 7)))
    def retier(self, tier: str, by: int) -> None:
        self.tell("tier change")
        self.runner.retier(tier, {"super_fan": 30, "active": 12}[tier] + by)

    @rule(
        workspace=workspaces,
        zone=st.sampled_from(("UTC", LOCAL_TIME, "Asia/Kolkata", "Pacific/Auckland")),
    )
    def move(self, workspace: str, zone: str) -> None:
        self.tell("time zone change")
        self.runner.move(workspace, zone)

    @precondition(lambda self: self.runs > 0)
    @rule()
    def pass_time(self) -> None:
        self.tell("time passes")
        self.runner.pass_time()

    # -- runs --

    @precondition(may_run)
    @rule(commit_at=st.integers(1, 15))
    def run(self, commit_at: int) -> None:
        self.tell("run")
        self.runs += 1
        self.runner.run(commit_at)

    @precondition(may_run)
    @rule(
        workspace=workspaces,
        reason=st.sampled_from(("delivery", "seed")),
        thing=things_done,
        age=ages,
    )
    def hold(self, workspace: str, reason: Hold, thing: Record, age: timedelta) -> None:
        """Let something of each workspace wait, and hold one in the run."""
        self.tell(f"held by a {reason}")
        self.runs += 1
        for each in ("acme", "bolt"):
            self.runner.load(each, self.new(each, thing, AS_OF - age))
        self.runner.hold(workspace, reason)

    @precondition(may_run)
    @rule(after=st.integers(1, 200))
    def kill(self, after: int) -> None:
        self.tell("kill")
        self.runner.kill(after)

    @precondition(may_run)
    @rule()
    def rebuild(self) -> None:
        self.tell("rebuild")
        self.runs += 1
        self.runner.rebuild()

    # -- what there is --

    def new(self, workspace: str, thing: Record, moment: datetime, kind: str = "") -> Record:
        """Return a new interaction."""
        native_id = f"{kind}{len(self.newest)}"
        anonymous = {"actor_kind": "anonymous"} if thing["actor_id"] is None else {}
        record = did(native_id, moment, **thing, **anonymous)
        self.newest[workspace, native_id] = record
        return record

    def some(self, which: int) -> tuple[str, Record]:
        """Return a workspace and the newest delivery of one of its interactions."""
        (workspace, _), record = list(self.newest.items())[which % len(self.newest)]
        return workspace, record

    def change(self, which: int, changes: Record, age: timedelta | None) -> None:
        """Deliver another state, with or without a time; ahead of now, one day later each."""
        workspace, record = self.some(which)
        version_at = None if age is None else AS_OF - age
        if is_ahead(record):
            version_at = datetime.fromisoformat(record["version_at"]) + DAY
        changed = {**record, **changes, "version_at": written(version_at)}
        self.newest[workspace, record["id"]] = changed
        self.runner.load(workspace, changed)


def is_ahead(record: Record) -> bool:
    """Return whether a record happens after the first instant."""
    return datetime.fromisoformat(record["occurred_at"]) > INSTANTS[0]


def check_histories(
    dbt_env: DbtEnv, count: int, steps: int, number: int | None = None
) -> Counter[str]:
    """Run histories, the same ones each time; return how often each step ran.

    `number`: selects other histories.
    """
    told: Counter[str] = Counter()
    machine: Any = type("HistoryMachine", (HistoryMachine,), {"dbt_env": dbt_env, "told": told})
    if number is not None:
        machine = seed(number)(machine)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=count,
            stateful_step_count=steps,
            derandomize=number is None,
            print_blob=True,
            database=None,
            phases=(Phase.generate,),  # a step takes seconds: too long to look for fewer
            suppress_health_check=list(HealthCheck),
        ),
    )
    return told
