"""How a command names the accounts of one person.

Source: words of the command line: an id, `platform:name`, or platform and name as two words.
Shape:  the words of each account; accounts that no run has seen yet by the platform's own id.
Errors: WarehouseError (usage) where the words do not name accounts of one workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.decisions import Account, Find
from warehouse.errors import USAGE, WarehouseError


@dataclass(frozen=True)
class Said:
    """What a command says of whom it is about. `is_unseen`: by ids that no run has seen yet.

    `people`: a list of many instead of the words of one.
    """

    words: tuple[str, ...]
    workspace: str | None
    is_unseen: bool
    people: Path | None = None

    @property
    def file(self) -> Path | None:
        """Return the file that is named instead of an account."""
        path = Path(self.words[0]) if len(self.words) == 1 else None
        return path if path is not None and path.is_file() else None


def accounts(said: Said, find: Find) -> list[Account]:
    """Return the accounts that are named; `find` returns the one that some words stand for."""
    return of_one_workspace(
        unseen(named, said.workspace) if said.is_unseen else find(named, said.workspace)
        for named in split(said.words)
    )


def split(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the words of each account; two words without a colon are one account's."""
    if len(words) == 2 and ":" not in words[0] and not _is_id(words[0]):
        return [tuple(words)]
    return [(word,) for word in words]


def _is_id(word: str) -> bool:
    return len(word) == 36 and word.count("-") == 4


def unseen(named: Sequence[str], workspace: str | None) -> Account:
    """Return the account of a platform's own id."""
    platform, _, actor_id = ":".join(named).partition(":")
    if workspace is None or not platform or not actor_id:
        raise WarehouseError(
            "--unseen needs a platform, its own id of the account, and --workspace.", USAGE
        )
    return Account(workspace, platform.lower(), actor_id)


def of_one_workspace(accounts: Iterable[Account]) -> list[Account]:
    """Return each account once; a person is of one workspace."""
    found = {(each.workspace_id, each.platform, each.actor_id): each for each in accounts}
    workspaces = sorted({workspace for workspace, *_ in found})
    if len(workspaces) > 1:
        raise WarehouseError(
            f"These accounts are of several workspaces ({', '.join(workspaces)}); give the "
            "command once for each, with --workspace.",
            USAGE,
        )
    return list(found.values())
