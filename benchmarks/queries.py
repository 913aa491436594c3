"""How long readers wait: the statements that they would write, as the analyst.

Source: the marts alone. Whom and what is asked for is drawn by a seed from the interactions,
        so that the active come up as often as they act.
Shape:  per question the milliseconds of each time that it was asked.
Units:  milliseconds from sending a statement to having all of its rows, planning included,
        on one open connection; the first answer is not counted.
Errors: those of the database.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from warehouse.connection import Target
from warehouse.database import MARTS

DRAWN = 200
SECONDS = 10.0  # after which a question is not asked again
AT_LEAST = 1


@dataclass(frozen=True)
class Question:
    """What somebody wants to know; `about` is the kind of id that the statement takes."""

    name: str
    statement: LiteralString
    about: str = ""
    goal_ms: float = 5.0


@dataclass(frozen=True)
class Answered:
    """One question and the milliseconds of each answer."""

    question: Question
    milliseconds: list[float]

    def percentile(self, share: float) -> float:
        """The time within which such a share of the answers came."""
        ranked = sorted(self.milliseconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


QUESTIONS = (
    Question("leaderboard, top 20", "select * from top_engaged_followers limit 20"),
    Question(
        "leaderboard, super fans",
        "select * from top_engaged_followers where engagement_tier = 'super_fan' limit 20",
    ),
    Question("one follower", "select * from followers where id = %s", "follower"),
    Question(
        "one participant's profile",
        "select * from participant_profiles where id = %s",
        "follower",
    ),
    Question(
        "one follower's score",
        "select * from follower_engagement_scores where follower_id = %s",
        "follower",
    ),
    Question(
        "one follower's timeline page",
        "select * from follower_activity_timeline where follower_id = %s"
        " order by occurred_at desc limit 50",
        "follower",
    ),
    Question(
        "one content summary",
        "select * from content_cross_platform_summary where content_id = %s",
        "content",
    ),
    Question("retention matrix", "select * from follower_retention", goal_ms=50.0),
)
_DRAW: dict[str, LiteralString] = {
    "follower": "select follower_id from follower_interactions"
    " order by md5(%s || interaction_id::text) limit %s",
    "content": "select content_id from follower_interactions where content_id is not null"
    " order by md5(%s || interaction_id::text) limit %s",
}


def ask(target: Target, seed: int) -> list[Answered]:
    """Ask each question over and over."""
    with target.analyst().connect(autocommit=True, prepare_threshold=None) as session:
        session.execute("select set_config('search_path', %s, false)", (MARTS,))
        drawn = {
            about: [row[0] for row in session.execute(statement, (str(seed), DRAWN))]
            for about, statement in _DRAW.items()
        }
        return [
            Answered(question, _times(session, question, drawn.get(question.about, [None])))
            for question in QUESTIONS
        ]


def _times(session: psycopg.Connection, question: Question, drawn: list[object]) -> list[float]:
    found: list[float] = []
    began = time.perf_counter()
    for one in itertools.islice(itertools.cycle(drawn), DRAWN + 1):
        sent = time.perf_counter()
        session.execute(question.statement, (one,) if question.about else None).fetchall()
        now = time.perf_counter()
        found.append((now - sent) * 1000)
        if now - began > SECONDS and len(found) > AT_LEAST:  # the first does not count
            break
    return found[1:]
