"""Random histories with erasures: the marts equal the oracle of what remains.

Accounts are erased between runs, and everything is delivered again. What should remain of each
record is listed here, field by field. `Forgotten` replaces the ids.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import psycopg
import pytest
from landed_history import (
    Landed,
    configure,
    decide,
    decisions_of,
    land_labels,
    receive,
)
from mart_comparison import differences
from mart_reader import read_marts
from model_builds import ModelBuilds
from oracle import ActorKey, Delivery, Seeds, World, documented_at
from random_histories import AS_OF, History, Load, history
from seed_reader import project_seeds

from loaders.landing import Source, land
from loaders.parsing.formats import Context
from loaders.privacy.forgetting import Forgotten
from loaders.reading.documents import Document
from loaders.registry import recognise
from warehouse import state, suppressed
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.privacy import erased, erasing, rewriting

SOME, ALL = 5, 120  # histories: `make test` plays some, `make soak` all
ERASED_AFTER = 2  # runs
TEXTS = (
    *("text", "title", "url", "slug", "community_name"),
    *("username", "display_name", "profile_url"),
)
MEASURES = ("duration", "scroll_depth")  # which stay in metadata

Record = Mapping[str, Any]


@dataclass
class Erased(Landed):
    """What has landed of a history, without accounts that were erased."""

    forgotten: Forgotten | None = None

    def world(self, seeds: Seeds, *arguments: Any, **more: Any) -> World:
        """Return everything of which the marts should be a function by now."""
        found = super().world(seeds, *arguments, **more)
        if self.forgotten is None:
            return found
        kept = [
            decision
            for decision in found.decisions
            if not self.forgotten.has_account(decision.platform, decision.actor_id)
        ]
        return replace(found, decisions=kept)

    def forget(self, forgotten: Forgotten) -> None:
        """Erase accounts from what has landed."""
        self.forgotten = forgotten
        self.labels = [
            replace(
                label,
                native_id=forgotten.record(label.platform, label.native_id),
                text=forgotten.text(label.platform, label.text),
            )
            for label in self.labels
            if not forgotten.has_record(label.platform, label.native_id)
        ]
        self.deliveries = [
            replace(item, record=remains)
            for item in self.deliveries
            if (remains := _remains(item.record, forgotten)) is not None
        ]


def _remains(record: Record, forgotten: Forgotten) -> Record | None:
    """Return what remains of a stored record; null for one that describes an erased account."""
    platform, kind = record.get("platform", ""), record["record"]
    is_theirs = {
        name
        for name in ("actor_id", "author_id", "owner_id")
        if record.get(name) is not None and forgotten.has_account(platform, record[name])
    }
    if is_theirs and kind not in ("interaction", "post"):
        return None
    found = dict(record) | dict.fromkeys(is_theirs)
    own_id = record.get({"interaction": "id", "post": "post_id"}.get(kind, ""))
    if is_theirs or (own_id is not None and forgotten.has_record(platform, own_id)):
        found |= dict.fromkeys(("actor_id", "text", "title", "url"))
        if (metadata := record.get("metadata")) is not None:
            found["metadata"] = {name: metadata[name] for name in MEASURES if name in metadata}
    ids = ["post_id", "thread_id", "parent_id", "community_id"]
    for name in (*ids, "id") if kind == "interaction" else ids:
        if isinstance(found.get(name), str):
            found[name] = forgotten.record(platform, found[name])
    for name in TEXTS:
        if isinstance(found.get(name), str):
            found[name] = forgotten.text(platform, found[name])
    if kind == "content":
        found["content_id"] = forgotten.record("", record["content_id"])
        found["posts"] = [
            {**post, "post_id": forgotten.record(post["platform"], post["post_id"])}
            for post in record.get("posts") or []
        ]
        found["tags"] = [
            {**tag, "value": forgotten.text("", tag["value"])}
            for tag in record.get("tags") or []
        ]
    return found


def _is_stored(record: Record, forgotten: Forgotten) -> bool:
    """Return whether a later delivery of a record is stored."""
    platform = record.get("platform", "")
    actor = record.get("actor_id")
    if actor is not None and forgotten.has_account(platform, actor):
        return False
    return record["record"] != "interaction" or not forgotten.has_record(platform, record["id"])


def _opted_out(landed: Erased) -> set[ActorKey]:
    """Return the accounts whose records are not stored."""
    latest = {
        (decision.platform, decision.actor_id): decision.kind
        for decision in sorted(decisions_of(landed.history), key=lambda item: item.order)
        if decision.kind in ("opted_out", "opted_in")
    }
    return {
        actor
        for actor, kind in latest.items()
        if kind == "opted_out"
        and not (landed.forgotten and landed.forgotten.has_account(*actor))
    }


def _without_author(record: Record, out: set[ActorKey]) -> dict[str, Any]:
    """Return a record; a post whose author opted out without what tells of them."""
    found = dict(record)
    if (record.get("platform"), record.get("author_id")) in out:
        found |= {"author_id": None, "title": None, "url": None}
    return found


class Warehouse:
    """A database in which histories happen side by side, each in its workspace."""

    def __init__(self, target: Target, session: psycopg.Connection, count: int) -> None:
        self.session = session
        self.builds = ModelBuilds(target)
        self.landed = [Erased(history(seed)) for seed in range(count)]
        self.builds.invoke(AS_OF, "seed")
        configure(session, [item.history for item in self.landed])
        for item in self.landed:
            decide(session, item.history)

    def differences(self) -> list[str]:
        """Where the marts and the oracle disagree."""
        return differences(read_marts(self.session), self.landed, project_seeds(), None)

    def land(self, landed: Erased, load: Load) -> None:
        """Land a load as the command line does, without who was erased."""
        workspace = landed.history.workspace.workspace_id
        with Document.of_bytes(load.ndjson(), f"{workspace}-{load.load_no}") as document:
            module, fmt = recognise(document, "generic")
            done = land(
                self.session,
                document,
                fmt,
                Source(workspace=workspace, platform=module.PLATFORM),
                Context(),
                suppression=partial(suppressed.accounts, self.session),
            )
        rejected = {
            line_no
            for (line_no,) in self.session.execute(
                "select line_no from raw.rejects where load_id = %s", (done.load_id,)
            )
        }
        known = {
            line_no: record
            for line_no, record in enumerate(load.records, 1)
            if line_no not in rejected
        }
        out = _opted_out(landed)
        known = {
            line_no: _without_author(record, out)
            for line_no, record in known.items()
            if (record.get("platform"), record.get("actor_id")) not in out
        }
        if (forgotten := landed.forgotten) is not None:
            known = {
                line_no: dict(remains)
                for line_no, record in known.items()
                if _is_stored(record, forgotten)
                if (remains := _remains(record, forgotten)) is not None
            }
        receive(self.session, done.load_id, load.received_at, list(known.values()))
        proven = documented_at(known.values(), load.received_at)
        landed.deliveries += [
            Delivery(load.run_seq, load.load_no, line_no, load.received_at, record, proven)
            for line_no, record in known.items()
        ]

    def erase(self, landed: Erased) -> int:
        """Erase some accounts of a history as the command does, but for the rebuild."""
        chosen = _chosen(landed.history)
        workspace = landed.history.workspace.workspace_id
        for platform, actor_id in chosen:
            erasing.begin(self.session, [[Account(workspace, platform, actor_id)]], None)
        forgotten = erased.read(self.session, workspace)
        if forgotten is None:
            return 0
        rewriting.rewrite(self.session, workspace, forgotten)
        landed.forget(forgotten)
        # the rebuild follows when all are erased
        self.session.execute("update raw.privacy_requests set finished_at = now()")
        return len(chosen)


def _chosen(of: History) -> list[tuple[str, str]]:
    """Return up to three accounts that did something, and that no seed names."""
    rng = random.Random(f"erase {of.seed}")
    acted = sorted(
        {
            (record["platform"], record["actor_id"])
            for load in of.loads
            if load.run_seq <= ERASED_AFTER
            for record in load.records
            if record["record"] == "interaction" and record.get("actor_id")
        }
        - set(of.own_accounts)
    )
    return rng.sample(acted, min(len(acted), 3))


@pytest.fixture(scope="module", params=[SOME, pytest.param(ALL, marks=pytest.mark.soak)])
def warehouse(
    request: pytest.FixtureRequest,
    target: Target,
    session: psycopg.Connection,
    share: Callable[[int], int],
) -> Any:
    """The histories' warehouse before anything has landed; its log goes afterwards."""
    count = SOME if request.param == SOME else max(share(ALL), SOME)
    yield Warehouse(target, session, count)
    (state.home() / erased.FILE).unlink(missing_ok=True)


def test_marts_equal_the_oracle_of_what_remains(warehouse: Warehouse) -> None:
    runs = max(load.run_seq for item in warehouse.landed for load in item.history.loads)
    assert runs > ERASED_AFTER
    erasures = 0
    for run_seq in range(1, runs + 1):
        for landed in warehouse.landed:
            for load in landed.history.loads:
                if load.run_seq == run_seq:
                    warehouse.land(landed, load)
            if landed.forgotten is None:
                land_labels(warehouse.session, landed, run_seq)
        if run_seq == ERASED_AFTER:
            erasures = sum(map(warehouse.erase, warehouse.landed))
        warehouse.builds.build(AS_OF, rebuild=run_seq == ERASED_AFTER)
        assert warehouse.differences() == []
    assert erasures > SOME


def test_everything_delivered_again_brings_nobody_back(warehouse: Warehouse) -> None:
    """All loads once more, in other bytes."""
    before = warehouse.session.execute(
        "select count(*) from core.interaction_ledger where is_current"
    ).fetchone()
    for landed in warehouse.landed:
        first = max(load.load_no for load in landed.history.loads)
        for load in landed.history.loads:
            records = tuple({**record, "again": True} for record in load.records)
            again = replace(load, load_no=first + load.load_no, records=records)
            warehouse.land(landed, again)
    warehouse.builds.build(AS_OF)
    assert warehouse.differences() == []
    after = warehouse.session.execute(
        "select count(*) from core.interaction_ledger where is_current"
    ).fetchone()
    assert after == before
    warehouse.builds.build(AS_OF, rebuild=True)
    assert warehouse.differences() == []
    for landed in warehouse.landed:
        assert landed.forgotten is not None
        for platform, actor_id in _chosen(landed.history):
            for table in (b"raw.interactions", b"raw.profiles", b"raw.decisions"):
                assert not warehouse.session.execute(
                    b"select 1 from " + table + b" where workspace_id = %s and platform = %s"
                    b" and actor_id = %s",
                    (landed.history.workspace.workspace_id, platform, actor_id),
                ).fetchone()
