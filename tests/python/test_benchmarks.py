"""The synthetic deliveries that `make bench` measures with; nothing here is timed."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks import synthetic
from loaders.documents import Document
from loaders.formats import Context, outcomes
from loaders.recognition import recognise
from loaders.records import Landed, Rejected

RECORDS = 20_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic file."""
    made = tmp_path_factory.mktemp("synthetic") / "synthetic.ndjson"
    synthetic.write(made, RECORDS, 1)
    return made


@pytest.fixture(scope="module")
def interactions(path: Path) -> list[dict[str, Any]]:
    """The interactions in it that can be read."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if record["record"] == "interaction" and "platform" in record:
            found.append(record)
    return found


def test_the_same_seed_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    for seed, is_same in ((1, True), (2, False)):
        synthetic.write(tmp_path / "again", RECORDS, seed)
        assert ((tmp_path / "again").read_bytes() == path.read_bytes()) is is_same


def test_every_line_lands_but_the_malformed(path: Path) -> None:
    with Document.open(path) as document:
        module, fmt = recognise(document)
        found = list(outcomes(document, fmt, Context()))
    assert module.PLATFORM == "generic"
    assert len(found) == RECORDS
    kinds = {type(out.records[0]).__name__ for out in found if isinstance(out, Landed)}
    assert kinds == {"Content", "Post", "Profile", "Interaction"}
    rejected = sum(isinstance(outcome, Rejected) for outcome in found)
    assert 0.3 < rejected / (RECORDS * synthetic.MALFORMED) < 3


def test_what_makes_deliveries_hard_is_there(interactions: list[dict[str, Any]]) -> None:
    lines = Tally(msgspec.json.encode(record) for record in interactions)
    repeated = lines.total() - len(lines)
    edited = sum("version_at" in record for record in interactions)
    taken_back = sum("retracted" in record for record in interactions)
    assert 0.02 < repeated / len(interactions) < 0.04
    assert 0.02 < edited / len(interactions) < 0.05
    assert 0.005 < taken_back / len(interactions) < 0.02
    times = [datetime.fromisoformat(record["occurred_at"]) for record in interactions]
    lateness = [before - after for before, after in pairwise(times)]
    assert max(lateness) > synthetic.MOST_LATE / 2
    by_follower = Tally(record["actor_id"] for record in interactions).most_common()
    by_post = Tally(record["post_id"] for record in interactions).most_common()
    for ranked in (by_follower, by_post):
        assert ranked[0][1] > 10 * ranked[len(ranked) // 2][1]
