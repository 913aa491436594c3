"""Scenarios: short histories, each of which tests one group of promises.

Shape:  a scenario is a function of a `HistoryRunner`, which compares with the oracle.
Errors: AssertionError where the warehouse breaks a promise.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from history_records import LOCAL_TIME, did, naive, written
from history_runner import FIRST_LANDING, INSTANTS, HistoryRunner, Hold
from oracle import DAY
from own_exports import Comment, Declaration, Export
from random_histories import AS_OF, HOUR, SECOND, Record

Scenario = Callable[[HistoryRunner], None]

POSTS: tuple[Record, ...] = (
    {"record": "post", "platform": "tiktok", "post_id": "p1", "title": "one"},
    {"record": "post", "platform": "tiktok", "post_id": "p2", "title": "two"},
    {
        "record": "content",
        "content_id": "launch",
        "title": "Launch",
        "posts": [{"platform": "tiktok", "post_id": "p1"}],
        "tags": [{"type": "topic", "value": "ü"}],
    },
)
ANN: Record = {
    "record": "profile",
    "platform": "tiktok",
    "actor_id": "ann",
    "username": "ann",
    "observed_at": written(AS_OF - 40 * DAY),
}


def counted(value: int, days: int) -> Record:
    """Return TikTok's counter of the likes of p1, read some days before."""
    return {
        "record": "counter",
        "platform": "tiktok",
        "post_id": "p1",
        "metric": "like",
        "value": value,
        "observed_at": written(AS_OF - days * DAY),
    }


def commits_overtake_each_other(runner: HistoryRunner) -> None:
    """A load commits after a later one, and after a run began: the next run takes it up."""
    runner.load("acme", did("1"), *POSTS)
    runner.run()
    runner.load_slowly("acme", did("2"), did("1", retracted=True), counted(7, 3), ANN)
    runner.load("acme", did("3"), counted(5, 2))
    runner.run(commit_at=12)
    runner.load("bolt", did("1"))
    runner.run()


def states_replace_each_other(runner: HistoryRunner) -> None:
    """Edits, retractions, contradictions, copies, in and out of order."""
    old: Record = {"version_at": written(AS_OF - 20 * DAY)}
    new: Record = {"version_at": written(AS_OF - 10 * DAY)}
    runner.load(
        "acme",
        *POSTS,
        ANN,
        counted(5, 3),
        did("edited", type="like", **old),
        did("retracted", actor_id="bob"),
        did("newest first", text="new", **new),
        did("never there", retracted=True, **new),
        did("nobody's", actor_id=None, actor_kind="anonymous"),
        did("undated", None),
        did("unfinished", None, post_id=None),
        did("nowhere", AS_OF - 8 * DAY, post_id=None, type="share"),
        did("contradicted", AS_OF - 8 * DAY, actor_id="cem"),
        did("touched", text="first"),
        did("unmapped", type="boop"),
        did("twice"),
        did("twice"),
        did("gloomy", AS_OF - 9 * DAY, actor_id="gil", sentiment="negative"),
        *(did(f"newer {number}", actor_id="gil") for number in range(6)),
    )
    first = runner.load("bolt", did("retracted"), did("edited", post_id="p2"))
    runner.run()
    runner.load_same_bytes(first)
    runner.load(
        "acme",
        counted(9, 4),
        {**ANN, "username": None, "display_name": "Ann", "observed_at": None},
        did("edited", type="link_click", **new),
        did("retracted", actor_id="bob", retracted=True),
        did("newest first", text="old", **old),
        did("never there", actor_id="dot", **old),
        did("unfinished", AS_OF - 35 * DAY, actor_id="eve"),
        did("contradicted", FIRST_LANDING + 10 * HOUR, actor_id="ann", post_id="p2"),
        did("touched", text="first"),
        did("undated", None, text="edited"),
        did("late", AS_OF - 70 * DAY),
        did("twice"),
        did("newer 0", actor_id="gil", retracted=True),
    )
    runner.run()
    stale = FIRST_LANDING + HOUR  # newer than the first delivery, older than the second
    runner.load(
        "acme",
        did("touched", text="stale", version_at=written(stale)),
        did("retracted", actor_id="bob", retracted=False),
        did("edited", retracted=True, version_at=written(AS_OF - SECOND)),
        did("edited", type="save", version_at=written(AS_OF - 2 * SECOND)),
    )
    runner.rebuild()


def exports_come_in_any_order(runner: HistoryRunner) -> None:
    """Of two exports the one that proves more is newer, whichever is loaded first.

    Two edits that come together, and one that comes late between them, hold in their times;
    an account and a time that become known complete what was there.
    """
    begin = FIRST_LANDING - 20 * DAY
    edited = did("edited", begin, text="first")
    runner.load(
        "acme",
        *POSTS,
        did("said", begin, text="new"),
        did("nobody's", begin, actor_id=None, actor_kind="anonymous"),
        did("by name", begin, actor_id="@ann"),
        did("last", begin + 10 * DAY),
        {**edited, "text": "third", "version_at": written(begin + 8 * DAY)},
        edited,
    )
    runner.run()
    runner.load(
        "acme",
        did("said", begin, text="old, but longer"),
        did("nobody's", begin, actor_id="dot"),
        did("by name", begin, actor_id="ann"),
        did("before the last", begin + 5 * DAY),
        {**edited, "text": "second", "version_at": written(begin + 4 * DAY)},
    )
    runner.rebuild()
    for days in (2, 6, 9):
        runner.as_of = begin + days * DAY
        runner.run()


def declarations_come_later(runner: HistoryRunner) -> None:
    """A forgotten account or time zone is declared later: it completes and doubles nothing."""
    own = Export(
        tuple(
            Comment(f"Ug{number}", AS_OF - (9 + number) * DAY, number % 2 == 0, f"own {number}")
            for number in range(4)
        )
    )
    nothing, whole = Declaration(), Declaration("ann", LOCAL_TIME)
    named, zoned = Declaration("ann"), Declaration(None, LOCAL_TIME)
    runner.load_export("acme", own, nothing)
    runner.load_export("bolt", own, zoned)
    runner.run()
    runner.replay()
    runner.load_export("acme", own, named)  # it cannot read what the replay could
    runner.load_export("bolt", own, named)
    runner.run()
    runner.load_export("acme", own, whole)
    runner.replay()
    for declared in (nothing, named, whole):
        runner.load_export("acme", own, declared)
    runner.rebuild()


def runs_are_killed(runner: HistoryRunner) -> None:
    """What a killed run left is finished by the next one, and nothing counts twice.

    Each time an interaction moves to another thread: what a killed run had posted there is
    gone before anything has counted it.
    """
    runner.load("acme", *POSTS, did("1"), did("2", type="like"))
    runner.run()
    for number, after in enumerate((4, 75, 120, 150, 180, 210), 3):
        moved = did("1", text=f"{number}", thread_id=f"t{number}")
        runner.load("acme", did(f"{number}", type="share"), moved)
        runner.kill(after)
    runner.load("acme", did("2", type="like", retracted=True))
    runner.rebuild()


def rejects_are_replayed(runner: HistoryRunner) -> None:
    """What was rejected counts from its replay on, once."""
    runner.load("acme", did("1"), naive(did("2", actor_id="bob")), *POSTS)
    runner.load("acme", did("4"), naive(did("4", text="edited")), naive(did("3")))
    runner.load("bolt", did("1"), naive(did("2")))
    runner.run()
    runner.replay()
    runner.load("acme", did("2", actor_id="bob", retracted=True))
    runner.run()


def configuration_changes(runner: HistoryRunner) -> None:
    """Other weights and tiers hold from the next run on, and so do other days and weeks."""
    monday = AS_OF - 9 * DAY - 12 * HOUR
    runner.load(
        "acme",
        *POSTS,
        did("start", AS_OF - 30 * DAY, actor_id="bob"),
        did("edge", monday + 3 * HOUR, actor_id="bob", type="share"),
        *(did(f"w{weeks}", AS_OF - weeks * 7 * DAY - 13 * HOUR) for weeks in range(1, 9)),
    )
    runner.load("bolt", did("1", AS_OF - 3 * DAY), did("2", AS_OF - 10 * DAY - 7 * HOUR))
    runner.run()
    runner.reweigh("share", 50)
    runner.retier("super_fan", 60)
    runner.retier("active", 25)
    runner.move("acme", "Asia/Kolkata")
    runner.load("acme", did("13", AS_OF - 2 * DAY))
    runner.rebuild()


def time_passes(runner: HistoryRunner) -> None:
    """What has not happened yet counts from its own time on, without news."""
    soon, later = AS_OF + 2 * DAY, AS_OF + 4 * DAY
    runner.load(
        "acme",
        *POSTS,
        did("ahead", soon, version_at=written(soon)),
        did("now", AS_OF, version_at=written(AS_OF), type="like"),
        did("edited", AS_OF - DAY, version_at=written(AS_OF - DAY), type="share"),
        did("far", INSTANTS[1] + SECOND, actor_id="bob"),
        {**ANN, "observed_at": written(soon)},
        counted(11, -3),
    )
    runner.run()
    runner.load(
        "acme",
        did("edited", AS_OF - DAY, version_at=written(later), type="save"),
        did("ahead", soon, version_at=written(later), retracted=True),
    )
    runner.run()
    runner.pass_time()
    runner.rebuild()


def accounts_vanish(runner: HistoryRunner) -> None:
    """All that an account did turns out to be still ahead: there is no such account yet."""
    ahead = AS_OF + 5 * DAY
    runner.load("acme", did("1", None, actor_id="gus"), did("2"), *POSTS)
    runner.run()
    runner.load("acme", did("1", ahead, actor_id="gus"))
    runner.rebuild()


def older_runs_write_no_more(runner: HistoryRunner) -> None:
    """A run that another one has overtaken may write nothing and move nothing."""
    runner.load("acme", did("1"), *POSTS)
    runner.run()
    refused = []
    for statement in (
        "select raw.check_fence('an older run')",
        "select raw.save_progress('core', 'interaction_ledger', -1, 0, null)",
    ):
        try:
            runner.session.execute(statement.encode())
        except psycopg.errors.RaiseException:
            refused.append(statement)
    assert len(refused) == 2, f"only {refused} refused"
    runner.load("acme", did("2"))
    runner.run()


def posts_move(runner: HistoryRunner) -> None:
    """Posts are compared with those of 90 days before, by what is known now.

    One of them was published on another day than was said at first, before its platform's
    others or after them; another one becomes better than it was.
    """
    others = [f"o{days}" for days in range(2, 8)]
    runner.load(
        "acme",
        *POSTS,
        published("p1", 1),
        *(published(other, int(other[1:])) for other in others),
        did("1"),
        did("2", post_id="o2", type="share"),
        did("3", post_id="o3"),
    )
    runner.run()
    runner.load("acme", published("o2", 0.99), published("o3", 100))
    runner.run()
    runner.load("acme", published("o2", 3), did("4", post_id="o4", type="save"))
    runner.rebuild()


def published(post: str, days: float) -> Record:
    """Return a TikTok post, published some days before."""
    at = written(AS_OF - days * DAY)
    return {"record": "post", "platform": "tiktok", "post_id": post, "posted_at": at}


def workspaces_are_held(runner: HistoryRunner) -> None:
    """Others go on, the held one stays as it was; once nothing is wrong it catches up."""
    for workspace in ("acme", "bolt"):
        runner.load(workspace, *POSTS, did("1", AS_OF - 9 * DAY - 13 * HOUR))
    runner.run()
    holds: tuple[tuple[str, Hold, str], ...] = (
        ("acme", "delivery", "Asia/Kolkata"),
        ("bolt", "seed", LOCAL_TIME),
    )
    for held, reason, zone in holds:
        runner.move("acme", zone)
        runner.move("bolt", zone)
        for workspace in ("acme", "bolt"):
            runner.load(workspace, did("1", text=reason), did(reason, actor_id="bob"))
        runner.hold(held, reason)
        runner.run()
    runner.rebuild()


SCENARIOS: tuple[Scenario, ...] = (
    commits_overtake_each_other,
    states_replace_each_other,
    exports_come_in_any_order,
    declarations_come_later,
    runs_are_killed,
    rejects_are_replayed,
    configuration_changes,
    time_passes,
    accounts_vanish,
    older_runs_write_no_more,
    posts_move,
    workspaces_are_held,
)
LONG = (  # the longest: only in `make soak`
    commits_overtake_each_other,
    states_replace_each_other,
    exports_come_in_any_order,
    declarations_come_later,
    runs_are_killed,
    time_passes,
    accounts_vanish,
    posts_move,
    workspaces_are_held,
)
