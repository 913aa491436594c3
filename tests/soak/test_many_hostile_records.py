"""Three hundred thousand hostile records of another seed, all of them into the database."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from hostile import check, documents
from hostile_landing import check_landed, check_replayed

RECORDS = 300_000
SEED = 7


def test_hostile_records(session: psycopg.Connection, share: Callable[[int], int]) -> None:
    for made, outcomes in documents(share(RECORDS), SEED):
        check(made, outcomes)
        check_landed(session, made, outcomes)
    check_replayed(session)
