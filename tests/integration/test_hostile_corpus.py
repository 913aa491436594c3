"""Ten thousand hostile records through every loader, most of them into a database."""

from __future__ import annotations

import psycopg
import pytest
from hostile import Hostile, check, documents
from hostile_landing import check_landed, check_replayed

from loaders.records import Outcome

RECORDS = 10_000
LANDED = 0.5  # of the documents


@pytest.fixture(scope="module")
def corpus() -> list[tuple[Hostile, list[Outcome]]]:
    """The documents and what their formats make of them."""
    return list(documents(RECORDS))


def test_every_hostile_record_is_accounted_for(
    corpus: list[tuple[Hostile, list[Outcome]]],
) -> None:
    assert sum(len(outcomes) for _, outcomes in corpus) >= RECORDS
    for made, outcomes in corpus:
        check(made, outcomes)
    assert sum(len(made.kept) for made, _ in corpus) > RECORDS / 10


def test_hostile_records_come_back_as_they_landed(
    session: psycopg.Connection, corpus: list[tuple[Hostile, list[Outcome]]]
) -> None:
    for made, outcomes in corpus[: round(len(corpus) * LANDED)]:
        check_landed(session, made, outcomes)
    check_replayed(session)
