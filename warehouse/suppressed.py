"""Accounts that are not stored: of people who opted out, or were erased.

Source: raw.decisions, of which the latest about an account holds; raw.erased_values.
Shape:  a filter of outcomes, as `loaders.landing.land` takes it.
Errors: those of the database; WarehouseError where people were erased and the key is another.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from loaders.landing import erasure
from loaders.landing.suppression import Filter, OptedOut
from loaders.privacy.forgetting import Forgotten
from loaders.records import Outcome
from warehouse.privacy import erased

OPTED_OUT = (
    "select platform, actor_id from raw.decisions"
    " where workspace_id = %s and decision in ('opted_out', 'opted_in', 'erased')"
    " group by platform, actor_id"
    " having (array_agg(decision order by decision_id desc)"
    " filter (where decision <> 'erased'))[1] = 'opted_out' or bool_or(decision = 'erased')"
)


def opted_out(session: psycopg.Connection, workspace: str) -> frozenset[tuple[str, str]]:
    """Return platform and id of the accounts of a workspace that opted out."""
    return frozenset(session.execute(OPTED_OUT, (workspace,)).fetchall())


def accounts(session: psycopg.Connection, workspace: str) -> Filter | None:
    """Return what leaves out the suppressed accounts of a workspace; null where none is."""
    return kept(opted_out(session, workspace), erased.read(session, workspace))


def kept(out: frozenset[tuple[str, str]], forgotten: Forgotten | None) -> Filter | None:
    """Return what leaves out accounts that opted out and people who were erased."""
    return None if not out and forgotten is None else _Kept(OptedOut(out), forgotten)


@dataclass(frozen=True)
class _Kept:
    """What may be stored where some accounts opted out, and some were erased."""

    out: OptedOut
    forgotten: Forgotten | None

    def __call__(self, outcome: Outcome) -> Outcome | None:
        found = self.out(outcome)
        if found is None or self.forgotten is None:
            return found
        return erasure.forget(found, self.forgotten)

    def of_file(self, name: str) -> str:
        return name if self.forgotten is None else self.forgotten.record("", name)
