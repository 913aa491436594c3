"""Opt out of being stored and listed, and opt in again.

Source: a person's accounts; raw.decisions, of which the latest about an account holds.
Shape:  a decision and a request per account, committed together; then a run of decisions alone,
        so that lists, leaderboards, alerts and pages heed the wish when the command ends.
Units:  seconds of waiting for loads and for another run.
Errors: WarehouseError where a load lasts too long, another run does, or the run fails. The
        wish is recorded from the commit on: no load that enters later stores the accounts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import psycopg

from warehouse import decisions, runs
from warehouse.connection import Target
from warehouse.decisions import Account, Decision
from warehouse.errors import BUSY, FAILED, USAGE, WarehouseError
from warehouse.privacy import requests
from warehouse.suppressed import opted_out

Wish = Literal["opted_out", "opted_in"]
KINDS: dict[Wish, requests.Kind] = {"opted_out": "opt_out", "opted_in": "opt_in"}
LOAD_SECONDS = 60  # that loads may take to end
RUN_SECONDS = 900.0  # that another run may

LATER = "It is recorded, and takes effect in lists with the next `warehouse run`."


def check(session: psycopg.Connection, accounts: Sequence[Account], wish: Wish) -> None:
    """Refuse that an account opts in which has not opted out."""
    for account in accounts:
        if wish == "opted_in" and not is_out(session, account):
            raise WarehouseError(
                f"{account.name} of {account.workspace_id} has not opted out; nothing was "
                "changed.",
                USAGE,
            )


def is_out(session: psycopg.Connection, account: Account) -> bool:
    """Return whether an account has opted out."""
    place = account.platform, account.actor_id
    return place in opted_out(session, account.workspace_id)


def opt(
    target: Target,
    session: psycopg.Connection,
    accounts: Sequence[Account],
    wish: Wish,
    reason: str | None,
) -> None:
    """Record a wish and put it into effect; recorded again it is put into effect again."""
    try:
        with session.transaction():
            session.execute(
                "select set_config('lock_timeout', %s, true)", (f"{LOAD_SECONDS}s",)
            )
            # loads that have entered end first; later ones wait, and find the decision
            session.execute("lock table raw.loads in share row exclusive mode")
            check(session, accounts, wish)
            decisions.record(session, [Decision(each, wish, reason) for each in accounts])
            begun = [requests.begin(session, KINDS[wish], each, reason) for each in accounts]
    except psycopg.errors.LockNotAvailable:
        raise WarehouseError(
            f"A load has lasted for more than {LOAD_SECONDS} seconds; nothing was recorded. Do "
            "it again when the load has ended."
        ) from None
    _take_effect(target, session)
    for request in begun:
        requests.finish(session, request)


def _take_effect(target: Target, session: psycopg.Connection) -> None:
    """Run with decisions alone, after another run where there is one."""
    deadline = time.monotonic() + RUN_SECONDS
    while True:
        try:
            outcome = runs.run(target, session, takes_loads=False)
            break
        except WarehouseError as error:
            if error.exit_code != BUSY:
                raise
            if time.monotonic() > deadline:
                raise WarehouseError(f"{error.message} {LATER}", BUSY) from None
            time.sleep(1)
    if not outcome.is_successful:
        said = "; ".join(f"{each.name}: {each.message}" for each in outcome.failures)
        raise WarehouseError(f"The run failed ({said}). {LATER}", FAILED)
