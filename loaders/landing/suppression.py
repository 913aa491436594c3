"""Records of accounts that want no record kept.

Source: outcomes of one document; a predicate that says which accounts these are.
Shape:  an outcome without their records, or None where nothing else names an account. A post
        that such an account wrote stays as a place, without author, title and address.
Units:  a native record that comes to None counts as suppressed.
Errors: none.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from loaders.records import Identity, Interaction, Landed, Outcome, Post, Profile, Record

IsSuppressed = Callable[[str, str], bool]  # of a platform and the account's id there


class Filter(Protocol):
    """What may be stored of a document."""

    def __call__(self, outcome: Outcome) -> Outcome | None:
        """Return what may be stored of an outcome; None for nothing."""

    def of_file(self, name: str) -> str:
        """Return what may be stored of the name of a file or of its account."""


@dataclass(frozen=True)
class OptedOut:
    """A filter that leaves out the records of some accounts."""

    accounts: frozenset[tuple[str, str]]  # platform, id there

    def __call__(self, outcome: Outcome) -> Outcome | None:
        """Return what is not about these accounts."""
        return kept(outcome, lambda *account: account in self.accounts)

    def of_file(self, name: str) -> str:
        """Return the name as it is."""
        return name


# Finds the filter of a workspace, null where nobody is suppressed.
Suppression = Callable[[str], Filter | None]


def kept(outcome: Outcome, is_suppressed: IsSuppressed) -> Outcome | None:
    """Return what may be stored of an outcome; None where it is about such accounts only."""
    if not isinstance(outcome, Landed):
        return outcome
    records = tuple(
        _without_author(record, is_suppressed)
        for record in outcome.records
        if not any(is_suppressed(*account) for account in _accounts(record))
    )
    if len(records) < len(outcome.records):
        if not any(_accounts(record) for record in records):
            return None
    elif all(map(operator.is_, records, outcome.records)):
        return outcome
    return msgspec.structs.replace(outcome, records=records)


def _without_author(record: Record, is_suppressed: IsSuppressed) -> Record:
    """Return a record; a post that such an account wrote, without what tells of it."""
    match record:
        case Post(platform=platform, author_id=str(author)) if is_suppressed(platform, author):
            return msgspec.structs.replace(record, author_id=None, title=None, url=None)
        case _:
            return record


def _accounts(record: Record) -> tuple[tuple[str, str], ...]:
    """Return the accounts that did or are what a record says, each with its platform."""
    match record:
        case Interaction(actor_id=None):
            return ()
        case (
            Interaction(platform=platform, actor_id=str(account))
            | Profile(platform=platform, actor_id=account)
        ):
            return ((platform, account),)
        case Identity(platform=platform):
            return (platform, record.actor_id), (platform, record.other_actor_id)
        case _:
            return ()
