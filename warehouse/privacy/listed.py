"""A list of people, such as the requests of a month, for one command.

Source: a CSV with a row per account: follower, or platform and username, or platform and
        actor_id; rows with the same `person` are of one human.
Shape:  the accounts of each person. Accounts that were erased before are left out and counted,
        so a list can be given again.
Units:  none.
Errors: WarehouseError with every row that is wrong, by its line; nothing is done then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from loaders.privacy.forgetting import Forgotten
from warehouse import csv_lists, decisions
from warehouse.decisions import Account, Find
from warehouse.errors import WarehouseError
from warehouse.privacy.naming import of_one_workspace

COLUMNS = ("person", "follower", "platform", "username", "actor_id", "workspace")


@dataclass(frozen=True)
class Listed:
    """The accounts of each person, and how many rows are of accounts that were erased."""

    people: list[list[Account]]
    erased_count: int

    @property
    def accounts(self) -> list[Account]:
        """Return the accounts of all."""
        return list(chain.from_iterable(self.people))


def read(
    path: Path,
    workspace: str | None,
    finding: Callable[[Iterable[Sequence[str]]], Find],
    forgotten: Mapping[str, Forgotten],
) -> Listed:
    """Return the people of a list.

    `finding` returns what finds the accounts of a place by the words of the list; `forgotten`
    is who was erased there, by workspace.
    """
    rows = csv_lists.rows(path, COLUMNS)
    named = filter(None, (decisions.named(row.cells) for row in rows))
    find = finding(list(named))
    accounts = csv_lists.each(
        path, rows, lambda cells: _account(find, forgotten, cells, workspace)
    )
    people: dict[str, list[Account]] = {}
    taken: set[tuple[str, str, str]] = set()
    for row, account in zip(rows, accounts, strict=True):
        if account is None:
            continue
        key = (account.workspace_id, account.platform, account.actor_id)
        if key not in taken:
            taken.add(key)
            people.setdefault(row.cells.get("person") or f"\0{row.line_no}", []).append(account)
    if not accounts:
        raise WarehouseError(f"{path.name} has a header but no rows; nothing was done.")
    return Listed([of_one_workspace(each) for each in people.values()], accounts.count(None))


def _account(
    find: Find,
    forgotten: Mapping[str, Forgotten],
    cells: Mapping[str, str],
    workspace: str | None,
) -> Account | None:
    """Return the account of a row; null for one that was erased."""
    within = cells.get("workspace") or workspace
    try:
        found = decisions.account_of(find, cells, workspace)
    except decisions.AmbiguousError:
        raise
    except WarehouseError:
        if any(
            _was_erased(each, cells)
            for name, each in forgotten.items()
            if within in (None, name)
        ):
            return None
        raise
    of_place = forgotten.get(found.workspace_id)
    is_gone = (
        found.follower_id is None  # named by the platform's id, which nobody was asked for
        and of_place is not None
        and of_place.has_account(found.platform, found.actor_id)
    )
    return None if is_gone else found


def _was_erased(forgotten: Forgotten, cells: Mapping[str, str]) -> bool:
    """Return whether the account that a row names was erased."""
    words = decisions.named(cells)
    if words is None:
        return False
    follower_id, platform, name = decisions.said(words)
    if follower_id is not None:
        return forgotten.has_account_key(follower_id)
    return any(
        forgotten.has_account(platform, each) for each in (name, f"@{name.removeprefix('@')}")
    )
