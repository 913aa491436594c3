"""The command about people's wishes: privacy opt-out, opt-in, export, erase and so on.

Source: an account, as `decide` names it, or by the platform's own id; a file of values.
Shape:  sentences about what was done or would be, or JSON lines that name nobody; the command
        returns its exit code.
Errors: WarehouseError (usage) for words that do not go together; the rest passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import psycopg

from warehouse import decisions, events, state
from warehouse.cli.shared import command, log_option, owner
from warehouse.connection import Target
from warehouse.decisions import Account
from warehouse.errors import FAILED, USAGE, WarehouseError
from warehouse.privacy import erased, erasing, export, opting, person, requests, traces
from warehouse.reports.decisions import show_candidates
from warehouse.reports.privacy import (
    show_erased,
    show_exported,
    show_opted,
    show_reapplied,
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
    "warehouse privacy verify instagram ann",
    "warehouse privacy erase instagram ann --dry-run",
    "warehouse privacy erase instagram ann",
    "warehouse privacy verify ann.zip",
    "warehouse privacy reapply",
)
@click.argument("action", type=click.Choice([*WISHES, EXPORT, ERASE, VERIFY, REAPPLY]))
@click.argument("follower", nargs=-1, metavar="[FOLLOWER|FILE]")
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
    "log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With reapply: a log of erasures other than the state folder's.",
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
    follower: tuple[str, ...],
    workspace: str | None,
    reason: str | None,
    file: Path | None,
    log: Path | None,
    is_unseen: bool,
    is_dry: bool,
    form: events.Form,
) -> int:
    """Carry out what a person wishes about their data.

    opt-out: later deliveries about the account are counted and not stored, from now on. It
    leaves leaderboards, lists, alerts and pages before the command ends. What was stored before
    stays in totals. opt-in takes that back.

    export: write everything about the account to a ZIP of JSON lines, with a page that explains
    it. erase: remove the account and what it wrote for good, also from texts that name it;
    totals stay, of nobody. It cannot be taken back. reapply: finish an erasure that was
    interrupted, and erase again who came back with a backup.

    verify: look for what the account is known by, or for the values of a file (one a line,
    or an export), in every column of every table and every file of the state folder. If it
    finds any, it lists where and ends with exit code 1.

    FOLLOWER: the id, or platform and user name, as for `warehouse decide`.
    """
    if (action == REAPPLY) == bool(follower) or (log is not None and action != REAPPLY):
        raise WarehouseError(
            "Name a follower, like `warehouse privacy erase instagram ann`; only reapply has "
            "none, and only it has --from.",
            USAGE,
        )
    if (action == EXPORT and not is_dry) != (file is not None):
        raise WarehouseError(
            "An export needs a file, like `warehouse privacy export instagram ann --to "
            "ann.zip`; with --dry-run, and for other actions, there is none.",
            USAGE,
        )
    told = _Told(action, form, is_dry=is_dry)
    with events.logged(form), owner() as (target, session):
        if action == REAPPLY:
            return _reapply(target, session, log, told)
        if action == VERIFY:
            return _verify(session, follower, workspace, told, is_unseen=is_unseen)
        account = _account(session, follower, workspace, told, is_unseen=is_unseen)
        if action == EXPORT:
            known = person.find(session, account)
            counts = export.write(session, known, file)
            if file is not None:
                request = requests.begin(session, "export", account, reason)
                requests.finish(session, request, counts)
            told(sum(counts.values()), lambda: show_exported(account, counts, file))
            return 0
        if action == ERASE:
            return _erase(target, session, account, reason, told)
        wish = WISHES[action]
        opting.check(session, account, wish)
        if not is_dry:
            opting.opt(target, session, account, wish, reason)
        told(1, lambda: show_opted(account, wish, is_dry=is_dry))
    return 0


@dataclass(frozen=True)
class _Told:
    """What shows people what an action has done, or tells programs how much, about nobody."""

    action: str
    form: events.Form
    is_dry: bool

    def __call__(self, count: int, show: events.Show) -> None:
        ended = events.PrivacyActionEnded(action=self.action, count=count, is_dry=self.is_dry)
        events.tell(self.form, show, ended)


def _erase(
    target: Target,
    session: psycopg.Connection,
    account: Account,
    reason: str | None,
    told: _Told,
) -> int:
    """Erase an account; return the exit code."""
    known = person.find(session, account)
    if told.is_dry:
        would = export.write(session, known, None)
        told(sum(would.values()), lambda: show_erased(account, would, (), is_dry=True))
        return 0
    erasing.begin(session, account, reason)
    counts = erasing.finish(target, session)
    left = traces.in_files(state.home(), [*known.actor_ids, *known.usernames])
    told(sum(counts.values()), lambda: show_erased(account, counts, left, is_dry=False))
    return FAILED if left else 0


def _reapply(target: Target, session: psycopg.Connection, log: Path | None, told: _Told) -> int:
    """Finish erasures, and do those again that the database does not know."""
    missing = erased.missing(session, erased.log(log), is_of_any=log is not None)
    begun = erased.unfinished(session)
    if not told.is_dry:
        for erasure in missing:
            erasing.begin_again(session, erasure)
        erasing.finish(target, session)
    again, finished = len(missing), len(begun)
    told(again + finished, lambda: show_reapplied(again, finished, is_dry=told.is_dry))
    return 0


def _verify(
    session: psycopg.Connection,
    words: tuple[str, ...],
    workspace: str | None,
    told: _Told,
    *,
    is_unseen: bool,
) -> int:
    """Look for traces; return the exit code."""
    if len(words) == 1 and Path(words[0]).is_file():
        values = traces.read_values(Path(words[0]))
    else:
        account = _account(session, words, workspace, told, is_unseen=is_unseen)
        values = export.values(person.find(session, account))
    found = traces.find(session, state.home(), values)
    told(len(found), lambda: show_traces(found, len(values)))
    return FAILED if found else 0


def _account(
    session: psycopg.Connection,
    follower: tuple[str, ...],
    workspace: str | None,
    told: _Told,
    *,
    is_unseen: bool,
) -> Account:
    """Return the account that the words stand for."""
    if is_unseen:
        if workspace is None or len(follower) != 2:
            raise WarehouseError(
                "--unseen needs a platform, its own id of the account, and --workspace.", USAGE
            )
        return Account(workspace, follower[0].lower(), follower[1])
    try:
        return decisions.find(session, follower, workspace)
    except decisions.AmbiguousError as error:
        found = error.candidates
        events.tell(told.form, lambda: show_candidates(found))
        raise
