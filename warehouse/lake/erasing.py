"""Erase a person from a lake: the accounts are suppressed first, then the files are rewritten.

Source: a person's accounts; the lake; the log of the state folder.
Shape:  `begin` records hashes, in the log and then in the lake; from then on no delivery about
        the accounts lands. `finish` rewrites the raw files, builds everything again where a
        build was, and removes every other build. It needs no name, so any process can finish
        what another one began.
Units:  counts of rows by table.
Errors: WarehouseError where a seed names an account, the lake stays in use, or the build fails.
        Until it is finished no build and no publication begins.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from loaders.landing.sinks import Statement
from warehouse import state
from warehouse.decisions import Account
from warehouse.errors import FAILED, USAGE, WarehouseError
from warehouse.lake import erasures, extra, locks, rewriting
from warehouse.lake.build import TARGET, build
from warehouse.lake.clearing import clear_up
from warehouse.lake.layout import Lake
from warehouse.lake.manifests import Manifests
from warehouse.lake.questions import Questions, tables_of
from warehouse.privacy import erased, person
from warehouse.privacy.erased import Erasure
from warehouse.privacy.opting import LOAD_SECONDS
from warehouse.privacy.person import Ask, Known

NAMED = "own_accounts.csv"  # the seed whose accounts every build publishes


@contextmanager
def asking(lake: Lake) -> Iterator[Ask]:
    """Yield what asks all loads of a lake that count; others may use it meanwhile."""
    with locks.in_use(lake, lambda: clear_up(lake)), _asking(lake) as ask:
        yield ask


@contextmanager
def _asking(lake: Lake) -> Iterator[Ask]:
    """Yield the same where this process has the lake already."""
    manifests, questions = Manifests(lake), Questions(lake)
    manifests.refresh()
    loads = manifests.loads()

    def ask(statement: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        files = {table: lake.files(table) for table in tables_of(statement)}
        found: list[tuple[Any, ...]] = questions.ask(statement, values, loads, files).fetchall()
        return found

    try:
        yield ask
    finally:
        questions.close()


def known(lake: Lake, accounts: Sequence[Account]) -> dict[Account, Known]:
    """Return what accounts are known by in a lake."""
    with asking(lake) as ask:
        return person.known(ask, accounts)


def would(lake: Lake, people: Sequence[Sequence[Account]]) -> dict[str, int]:
    """Return how many rows of which table an erasure would be about."""
    counts: dict[str, int] = {}
    with asking(lake) as ask:
        erasures_of = erased.of_people(ask, people, erasures.identity(lake))
    for workspace, forgotten in erased.of_workspaces(erasures_of).items():
        for name, count in rewriting.rewrite(lake, workspace, forgotten, is_dry=True).items():
            counts[name] = counts.get(name, 0) + count
    return counts


def begin(lake: Lake, people: Sequence[Sequence[Account]], reason: str | None) -> None:
    """Record that people are erased, so that nothing about them lands any more.

    `people`: the accounts of each, which are of one workspace.
    """
    _check_seed(list(chain.from_iterable(people)))
    _require_spark(lake)
    with locks.alone(lake, LOAD_SECONDS):
        erasures.read_all(lake)  # refuses another key than before
        with _asking(lake) as ask:
            begun = erased.of_people(ask, people, erasures.identity(lake))
        erased.append(begun)
        for erasure in begun:
            erasures.record(lake, erasure, reason)


def begin_again(lake: Lake, missing: Sequence[Erasure]) -> None:
    """Enter erasures of the log in a lake that does not know them."""
    erased.check_key(missing)
    _require_spark(lake)
    with locks.alone(lake, LOAD_SECONDS), _asking(lake) as ask:
        for erasure in erased.completed(missing, ask):
            erasures.record(lake, erasure, "again, from the log")


def _require_spark(lake: Lake) -> None:
    """Raise where what people read could not be built again."""
    if lake.current() is not None:
        extra.require("pyspark", "pyarrow")
        extra.require_java()


def _check_seed(accounts: Sequence[Account]) -> None:
    """Refuse an account that a seed names: every build would publish it again."""
    file = state.project_root() / "seeds" / NAMED
    with file.open(encoding="utf-8-sig", newline="") as stream:
        named = {
            (row["workspace_id"], row["platform"], row["platform_user_id"])
            for row in csv.DictReader(stream)
        }
    if any((each.workspace_id, each.platform, each.actor_id) in named for each in accounts):
        raise WarehouseError(
            f"seeds/{NAMED} names this account; remove its row, then erase.", USAGE
        )


def finish(
    lake: Lake,
    on_step: Callable[[str, int, int], None] | None = None,
    project: Path | None = None,
) -> dict[str, int]:
    """Finish every erasure that has begun; return how many rows were rewritten or went.

    `project`: a copy of the dbt project that takes its place.
    """
    counts: dict[str, int] = {}
    with locks.alone(lake, LOAD_SECONDS):
        begun = erasures.unfinished(lake)
        if not begun:
            return counts
        clear_up(lake)  # what commands left that were killed
        for workspace in sorted({erasure.workspace for erasure in begun}):
            forgotten = erasures.read(lake, workspace)
            assert forgotten is not None
            for name, count in rewriting.rewrite(lake, workspace, forgotten).items():
                counts[name] = counts.get(name, 0) + count
    if lake.current() is not None:
        built = build(lake.folder, is_after_erasure=True, on_step=on_step, project=project)
        if built.folder is None:
            said = "; ".join(f"{each.name}: {each.message}" for each in built.failures)
            raise WarehouseError(
                f"The build failed ({said}), and people still read the one before. Correct "
                f"what failed; `warehouse privacy reapply --lake {lake.folder}` finishes it.",
                FAILED,
            )
    with locks.alone(lake, LOAD_SECONDS):
        _remove_builds(lake)
        shutil.rmtree(state.home() / TARGET, ignore_errors=True)
        erasures.finish(lake, counts)
    return counts


def _remove_builds(lake: Lake) -> None:
    """Remove what was built before: it shows who was erased."""
    if not lake.builds.exists():
        return
    for folder in lake.builds.iterdir():
        if folder != lake.current():
            shutil.rmtree(folder)
