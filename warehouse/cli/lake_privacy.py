"""`warehouse privacy` with `--lake`: erase, verify and reapply in a lake.

Source: a lake's folder; a person's accounts by platform and name or id; a file of values.
Shape:  a report of what was done or would be; each function returns the exit code.
Errors: WarehouseError; that of an extra that is missing.
"""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path

from warehouse import console, state
from warehouse.cli.privacy_report import Report
from warehouse.decisions import Account
from warehouse.errors import FAILED
from warehouse.lake import accounts, erasing, erasures, extra, locks, traces
from warehouse.lake.clearing import clear_up
from warehouse.lake.layout import Lake
from warehouse.privacy import erased, export, listed, naming, person
from warehouse.privacy import traces as of_files
from warehouse.privacy.naming import Said
from warehouse.reports.privacy import (
    show_erased,
    show_erased_before,
    show_reapplied,
    show_tied,
    show_traces,
)


def opened(folder: str) -> Lake:
    """Return the lake of a folder."""
    extra.require("pyarrow", "duckdb")
    lake = Lake(folder)
    lake.require()
    return lake


def erase(lake: Lake, said: Said, reason: str | None, report: Report) -> int:
    """Erase people from a lake."""
    people = _people(lake, said, report)
    named = list(chain.from_iterable(people))
    if report.is_dry:
        would = erasing.would(lake, people)
        report.end(sum(would.values()), lambda: show_erased(named, would, (), is_dry=True))
        return 0
    names = [
        name
        for each in erasing.known(lake, named).values()
        for name in (*each.actor_ids, *each.usernames)
    ]
    if people:
        erasing.begin(lake, people, reason)
    with console.steps("Building") as on_step:
        counts = erasing.finish(lake, on_step)
    left = of_files.in_files(state.home(), names)
    published = f"`warehouse lake publish {lake.folder}`"

    def show() -> None:
        show_erased(named, counts, left, is_dry=False)
        console.say(f"A database that shows this lake does so until {published}.")

    report.end(sum(counts.values()), show)
    return FAILED if left else 0


def reapply(lake: Lake, log: Path | None, report: Report) -> int:
    """Finish erasures of a lake, and do those again that it does not know."""
    missing = erasures.missing(lake, erased.log(log), is_of_any=log is not None)
    finished = sum(len(each.accounts) for each in erasures.unfinished(lake))
    again = sum(len(erasure.accounts) for erasure in missing)
    if not report.is_dry:
        if missing:
            erasing.begin_again(lake, missing)
        with console.steps("Building") as on_step:
            erasing.finish(lake, on_step)
    report.end(again + finished, lambda: show_reapplied(again, finished, is_dry=report.is_dry))
    return 0


def verify(lake: Lake, said: Said, report: Report) -> int:
    """Look for traces in a lake and in the state folder."""
    if said.file is not None:
        values = of_files.read_values(said.file)
    else:
        (named,) = _people(lake, said, report)
        values = export.values(list(erasing.known(lake, named).values()))
    with locks.in_use(lake, lambda: clear_up(lake)):
        found = traces.find(lake, values)
    found += of_files.in_files(state.home(), values)
    report.end(len(found), lambda: show_traces(found, len(values)))
    return FAILED if found else 0


def _people(lake: Lake, said: Said, report: Report) -> list[list[Account]]:
    """Return the accounts of each person that the words or the list stand for."""
    with erasing.asking(lake) as ask:
        find = partial(accounts.find, ask)
        if said.people is None:
            people = [naming.accounts(said, find)]
        else:
            gone = erasures.read_all(lake)
            found = listed.read(said.people, said.workspace, lambda _: find, gone)
            report.show(lambda: show_erased_before(found.erased_count))
            people = found.people
        tied = person.tied(ask, list(chain.from_iterable(people)))
    report.show(lambda: show_tied(tied))
    return people
