"""The command about people's wishes: privacy opt-out, opt-in, export, erase and so on.

Source: a person's accounts, as `decide` names one, or by the platform's own id; a file of
        values.
Shape:  sentences about what was done or would be, or JSON lines that name nobody; the command
        returns its exit code.
Errors: WarehouseError (usage) for words that do not go together; the rest passes.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

import click
import psycopg

from warehouse import decisions, events, state
from warehouse.cli import lake_privacy
from warehouse.cli.privacy_report import Report
from warehouse.cli.shared import command, log_option, owner
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.errors import FAILED, USAGE, WarehouseError
from warehouse.privacy import (
    erased,
    erasing,
    export,
    listed,
    naming,
    opting,
    person,
    requests,
    traces,
)
from warehouse.privacy.naming import Said
from warehouse.reports.decisions import show_candidates
from warehouse.reports.privacy import (
    show_erased,
    show_erased_before,
    show_exported,
    show_opted,
    show_reapplied,
    show_tied,
    show_traces,
)

WISHES: dict[str, opting.Wish] = {"opt-out": "opted_out", "opt-in": "opted_in"}
EXPORT, ERASE, VERIFY, REAPPLY = "export", "erase", "verify", "reapply"


@command(
    "privacy",
    'warehouse privacy opt-out instagram ann --reason "mail of March 3" --dry-run',
    "warehouse privacy opt-out product user-17 --workspace acme --unseen",
    "warehouse privacy opt-in instagram ann",
    "warehouse privacy export instagram ann --to ann.zip",
    "warehouse privacy export instagram:ann tiktok:ann.k product:u17 --to ann.zip",
    "warehouse privacy verify instagram ann",
    "warehouse privacy erase instagram ann --dry-run",
    "warehouse privacy erase instagram ann",
    "warehouse privacy erase instagram:ann tiktok:ann.k product:u17",
    "warehouse privacy erase --from requests.csv --workspace acme --dry-run",
    "warehouse privacy verify ann.zip",
    "warehouse privacy reapply",
    "warehouse privacy erase instagram ann --workspace acme --lake /data/lake",
)
@click.argument(
    "action", type=click.Choice([*WISHES, EXPORT, ERASE, VERIFY, REAPPLY]), metavar="ACTION"
)
@click.argument("words", nargs=-1, metavar="[FOLLOWER...|FILE]")
@click.option("--workspace", "-w", help="Workspace, if a name occurs in several.")
@click.option("--reason", help="Why; do not name the person here.")
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With export: write this ZIP, which must not exist yet.",
)
@click.option(
    "--from",
    "given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With erase, opt-out and opt-in: a CSV of many people. With reapply: a log of "
    "erasures other than the state folder's.",
)
@click.option(
    "--lake",
    "lake_folder",
    metavar="DIR",
    help="With erase, verify and reapply: in this lake instead of the database.",
)
@click.option(
    "--unseen",
    "is_unseen",
    is_flag=True,
    help="The name is the platform's id of an account that no run has seen yet.",
)
@click.option(
    "--dry-run", "is_dry", is_flag=True, help="Say what would happen; change nothing."
)
@log_option
def privacy_command(
    *,
    action: str,
    words: tuple[str, ...],
    workspace: str | None,
    reason: str | None,
    file: Path | None,
    given: Path | None,
    lake_folder: str | None,
    is_unseen: bool,
    is_dry: bool,
    form: events.Form,
) -> int:
    """Carry out what a person wishes about their data.

    opt-out: from now on, count deliveries about the person and do not store them. The person
    leaves leaderboards, lists, alerts and pages before the command ends. What was stored
    before stays in totals.

    opt-in: take an opt-out back.

    export: write everything about the person to a ZIP of JSON lines, with a page that explains
    it to them.

    erase: remove the person and what they wrote for good, also from texts that name them.
    Totals stay, of nobody. It cannot be taken back; look with --dry-run first.

    verify: look for what the person is known by, or for the values of a file (one a line,
    or an export), in every column of every table and every file of the state folder. If it
    finds any, it lists where and ends with exit code 1.

    reapply: finish an erasure that was interrupted, and erase again who came back with a
    backup.

    FOLLOWER: the id, or platform and user name, as for `warehouse decide`. Name all accounts
    of one person in one command, each by its id or as platform:name.

    The CSV of many people has a row per account and needs a header with follower (or platform
    and username, or platform and actor_id). It may have workspace, and person: rows with the
    same one are of one human. If one row is wrong, nothing is done. Accounts that were erased
    before are left out. One rebuild serves all.
    """
    _check_words(action, words, given, is_unseen=is_unseen)
    if (action == EXPORT and not is_dry) != (file is not None):
        raise WarehouseError(
            "An export needs a file, like `warehouse privacy export instagram ann --to "
            "ann.zip`; with --dry-run, and for other actions, there is none.",
            USAGE,
        )
    log = given if action == REAPPLY else None
    said = Said(words, workspace, is_unseen, given if log is None else None)
    report = Report(action, form, is_dry)
    with events.logged(form):
        if lake_folder is not None:
            return _in_lake(lake_folder, said, reason, log, report)
        with owner() as (target, session):
            if action == REAPPLY:
                return _reapply(target, session, log, report)
            if action == VERIFY:
                return _verify(session, said, report)
            people = _people(session, said, report)
            if action == ERASE:
                return _erase(target, session, people, reason, report)
            if action == EXPORT:
                _export(session, people[0], reason, file, report)
            elif people:
                _opt(target, session, list(chain.from_iterable(people)), reason, report)
    return 0


def _check_words(
    action: str, words: tuple[str, ...], given: Path | None, *, is_unseen: bool
) -> None:
    """Refuse words and files that an action does not take."""
    takes_list = action in (*WISHES, ERASE)
    if action == REAPPLY:
        is_right = not words
    else:
        is_right = bool(words) != (given is not None) and (takes_list or given is None)
    if not is_right:
        raise WarehouseError(
            "Name a follower, like `warehouse privacy erase instagram ann`, or, with erase, "
            "opt-out and opt-in, many of them in --from FILE.csv; only reapply has none.",
            USAGE,
        )
    if given is not None and is_unseen:
        raise WarehouseError(
            "--unseen goes with one person; a CSV names accounts that no run has seen by its "
            "columns platform and actor_id.",
            USAGE,
        )


def _in_lake(
    folder: str, said: Said, reason: str | None, log: Path | None, report: Report
) -> int:
    """Do in a lake what can be done there; return the exit code."""
    if report.action not in (ERASE, VERIFY, REAPPLY):
        raise WarehouseError(
            f"{report.action} works on the database; only erase, verify and reapply have "
            "--lake.",
            USAGE,
        )
    lake = lake_privacy.opened(folder)
    if report.action == REAPPLY:
        return lake_privacy.reapply(lake, log, report)
    if report.action == VERIFY:
        return lake_privacy.verify(lake, said, report)
    return lake_privacy.erase(lake, said, reason, report)


def _opt(
    target: Target,
    session: psycopg.Connection,
    accounts: Sequence[Account],
    reason: str | None,
    report: Report,
) -> None:
    """Record that a person opts out, or in again."""
    wish = WISHES[report.action]
    opting.check(session, accounts, wish)
    if not report.is_dry:
        opting.opt(target, session, accounts, wish, reason)
    report.end(len(accounts), lambda: show_opted(accounts, wish, is_dry=report.is_dry))


def _export(
    session: psycopg.Connection,
    accounts: Sequence[Account],
    reason: str | None,
    file: Path | None,
    report: Report,
) -> None:
    """Export a person to a file, or count what would be in it."""
    counts = export.write(session, person.find(person.asking(session), accounts), file)
    if file is not None:
        for account in accounts:
            request = requests.begin(session, "export", account, reason)
            requests.finish(session, request, counts)
    report.end(sum(counts.values()), lambda: show_exported(accounts, counts, file))


def _erase(
    target: Target,
    session: psycopg.Connection,
    people: Sequence[Sequence[Account]],
    reason: str | None,
    report: Report,
) -> int:
    """Erase people; return the exit code."""
    accounts = list(chain.from_iterable(people))
    if report.is_dry:
        would = erasing.would(session, people)
        report.end(sum(would.values()), lambda: show_erased(accounts, would, (), is_dry=True))
        return 0
    names = erasing.names(session, accounts)
    if people:
        erasing.begin(session, people, reason)
    counts = erasing.finish(target, session)
    left = traces.in_files(state.home(), names)
    report.end(sum(counts.values()), lambda: show_erased(accounts, counts, left, is_dry=False))
    return FAILED if left else 0


def _reapply(
    target: Target, session: psycopg.Connection, log: Path | None, report: Report
) -> int:
    """Finish erasures, and do those again that the database does not know."""
    missing = erased.missing(session, erased.log(log), is_of_any=log is not None)
    finished = len(erased.unfinished(session))
    again = sum(len(erasure.accounts) for erasure in missing)
    if not report.is_dry:
        if missing:
            erasing.begin_again(session, missing)
        erasing.finish(target, session)
    report.end(again + finished, lambda: show_reapplied(again, finished, is_dry=report.is_dry))
    return 0


def _verify(session: psycopg.Connection, said: Said, report: Report) -> int:
    """Look for traces; return the exit code."""
    if said.file is not None:
        values = traces.read_values(said.file)
    else:
        (accounts,) = _people(session, said, report)
        values = export.values(person.find(person.asking(session), accounts))
    found = traces.find(session, state.home(), values)
    report.end(len(found), lambda: show_traces(found, len(values)))
    return FAILED if found else 0


def _people(session: psycopg.Connection, said: Said, report: Report) -> list[list[Account]]:
    """Return the accounts of each person that the command names."""
    try:
        if said.people is None:
            people = [naming.accounts(said, partial(decisions.find, session))]
        else:
            finding, gone = partial(decisions.finding, session), erased.read_all(session)
            listed_people = listed.read(said.people, said.workspace, finding, gone)
            report.show(lambda: show_erased_before(listed_people.erased_count))
            people = listed_people.people
    except decisions.AmbiguousError as error:
        candidates = error.candidates
        report.show(lambda: show_candidates(candidates))
        raise
    tied = person.tied(person.asking(session), list(chain.from_iterable(people)))
    report.show(lambda: show_tied(tied))
    return people
