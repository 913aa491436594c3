"""Short chronicles, each about promises that belong together.

Shape: a `Chronicle` in; whatever it holds against the warehouse is an AssertionError.
"""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from chronicle import FIRST_LANDING, INSTANTS, Chronicle, did, naive, written
from histories import AS_OF, HOUR, SECOND, Record
from oracle import DAY

Story = Callable[[Chronicle], None]

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
    """What tiktok reports for the likes of p1, so many days before."""
    return {
        "record": "counter",
        "platform": "tiktok",
        "post_id": "p1",
        "metric": "like",
        "value": value,
        "observed_at": written(AS_OF - days * DAY),
    }


def commits_overtake_each_other(chronicle: Chronicle) -> None:
    """A load commits after a later one, and after a run began: the next run takes it up."""
    chronicle.load("acme", did("1"), *POSTS)
    chronicle.run()
    chronicle.load_slowly("acme", did("2"), did("1", retracted=True), counted(7, 3), ANN)
    chronicle.load("acme", did("3"), counted(5, 2))
    chronicle.run(commit_at=12)
    chronicle.load("bolt", did("1"))
    chronicle.run()


def states_replace_each_other(chronicle: Chronicle) -> None:
    """Edits, retractions, contradictions, copies, in and out of order."""
    old: Record = {"version_at": written(AS_OF - 20 * DAY)}
    new: Record = {"version_at": written(AS_OF - 10 * DAY)}
    chronicle.load(
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
    first = chronicle.load("bolt", did("retracted"), did("edited", post_id="p2"))
    chronicle.run()
    chronicle.load_same_bytes(first)
    chronicle.load(
        "acme",
        counted(9, 4),
        {**ANN, "username": None, "display_name": "Ann", "observed_at": None},
        did("edited", type="link_click", **new),
        did("retracted", actor_id="bob", retracted=True),
        did("newest first", text="old", **old),
        did("never there", actor_id="dot", **old),
        did("unfinished", AS_OF - 35 * DAY, actor_id="eve"),
        did("contradicted", AS_OF - 50 * DAY, actor_id="ann", post_id="p2"),
        did("touched", text="first"),
        did("undated", None, text="edited"),
        did("late", AS_OF - 70 * DAY),
        did("twice"),
        did("newer 0", actor_id="gil", retracted=True),
    )
    chronicle.run()
    stale = FIRST_LANDING + HOUR  # newer than the first delivery, older than the second
    chronicle.load(
        "acme",
        did("touched", text="stale", version_at=written(stale)),
        did("retracted", actor_id="bob", retracted=False),
        did("edited", retracted=True, version_at=written(AS_OF - SECOND)),
        did("edited", type="save", version_at=written(AS_OF - 2 * SECOND)),
    )
    chronicle.rebuild()


def runs_are_killed(chronicle: Chronicle) -> None:
    """What a killed run left is finished by the next one, and nothing counts twice.

    Each time an interaction moves to another thread: what a killed run had posted there is
    gone before anything has counted it.
    """
    chronicle.load("acme", *POSTS, did("1"), did("2", type="like"))
    chronicle.run()
    for number, after in enumerate((4, 75, 120, 150, 180, 210), 3):
        moved = did("1", text=f"{number}", thread_id=f"t{number}")
        chronicle.load("acme", did(f"{number}", type="share"), moved)
        chronicle.kill(after)
    chronicle.load("acme", did("2", type="like", retracted=True))
    chronicle.rebuild()


def rejects_are_replayed(chronicle: Chronicle) -> None:
    """What was rejected counts from its replay on, once."""
    chronicle.load("acme", did("1"), naive(did("2", actor_id="bob")), *POSTS)
    chronicle.load("acme", did("4"), naive(did("4", text="edited")), naive(did("3")))
    chronicle.load("bolt", did("1"), naive(did("2")))
    chronicle.run()
    chronicle.replay()
    chronicle.load("acme", did("2", actor_id="bob", retracted=True))
    chronicle.run()


def configuration_changes(chronicle: Chronicle) -> None:
    """Other weights hold from the next run on, and so do other days and weeks."""
    monday = AS_OF - 9 * DAY - 12 * HOUR
    chronicle.load(
        "acme",
        *POSTS,
        did("start", AS_OF - 30 * DAY, actor_id="bob"),
        did("edge", monday + 3 * HOUR, actor_id="bob", type="share"),
        *(did(f"w{weeks}", AS_OF - weeks * 7 * DAY - 13 * HOUR) for weeks in range(1, 9)),
    )
    chronicle.load("bolt", did("1", AS_OF - 3 * DAY), did("2", AS_OF - 10 * DAY - 7 * HOUR))
    chronicle.run()
    chronicle.reweigh("share", 50)
    chronicle.move("acme", "Asia/Kolkata")
    chronicle.load("acme", did("13", AS_OF - 2 * DAY))
    chronicle.rebuild()


def time_passes(chronicle: Chronicle) -> None:
    """What has not happened yet counts from its own time on, without news."""
    soon, later = AS_OF + 2 * DAY, AS_OF + 4 * DAY
    chronicle.load(
        "acme",
        *POSTS,
        did("ahead", soon, version_at=written(soon)),
        did("now", AS_OF, version_at=written(AS_OF), type="like"),
        did("edited", AS_OF - DAY, version_at=written(AS_OF - DAY), type="share"),
        did("far", INSTANTS[1] + SECOND, actor_id="bob"),
        {**ANN, "observed_at": written(soon)},
        counted(11, -3),
    )
    chronicle.run()
    chronicle.load(
        "acme",
        did("edited", AS_OF - DAY, version_at=written(later), type="save"),
        did("ahead", soon, version_at=written(later), retracted=True),
    )
    chronicle.run()
    chronicle.pass_time()
    chronicle.rebuild()


def accounts_vanish(chronicle: Chronicle) -> None:
    """All that an account did turns out to be still ahead: there is no such account yet."""
    ahead = AS_OF + 5 * DAY
    chronicle.load("acme", did("1", None, actor_id="gus"), did("2"), *POSTS)
    chronicle.run()
    chronicle.load("acme", did("1", ahead, actor_id="gus"))
    chronicle.rebuild()


def older_runs_write_no_more(chronicle: Chronicle) -> None:
    """A run that another one has overtaken may write nothing and move nothing."""
    chronicle.load("acme", did("1"), *POSTS)
    chronicle.run()
    refused = []
    for statement in (
        "select raw.check_fence('an older run')",
        "select raw.save_progress('core', 'interaction_ledger', -1, 0, null)",
    ):
        try:
            chronicle.session.execute(statement.encode())
        except psycopg.errors.RaiseException:
            refused.append(statement)
    assert len(refused) == 2, f"only {refused} refused"
    chronicle.load("acme", did("2"))
    chronicle.run()


def posts_move(chronicle: Chronicle) -> None:
    """Posts are compared with those of 90 days before, by what is known now.

    One of them was published on another day than was said at first, before its platform's
    others or after them; another one becomes better than it was.
    """
    others = [f"o{days}" for days in range(2, 8)]
    chronicle.load(
        "acme",
        *POSTS,
        published("p1", 1),
        *(published(other, int(other[1:])) for other in others),
        did("1"),
        did("2", post_id="o2", type="share"),
        did("3", post_id="o3"),
    )
    chronicle.run()
    chronicle.load("acme", published("o2", 0.99), published("o3", 100))
    chronicle.run()
    chronicle.load("acme", published("o2", 3), did("4", post_id="o4", type="save"))
    chronicle.rebuild()


def published(post: str, days: float) -> Record:
    """A post of tiktok, published so many days before."""
    at = written(AS_OF - days * DAY)
    return {"record": "post", "platform": "tiktok", "post_id": post, "posted_at": at}


STORIES: tuple[Story, ...] = (
    commits_overtake_each_other,
    states_replace_each_other,
    runs_are_killed,
    rejects_are_replayed,
    configuration_changes,
    time_passes,
    accounts_vanish,
    older_runs_write_no_more,
    posts_move,
)
