"""What people decide about an account: VIP, blocked, flagged, staff, bot, own or audience.

Source: one decision of the command line, or a CSV of many; accounts as marts.followers has
        them.
Shape:  rows of raw.decisions, append-only; what holds already is not recorded again.
Units:  decided_at aware; without one it is the time of recording.
Errors: WarehouseError with every row that is wrong, by line, and nothing is recorded then;
        AmbiguousError with the accounts that a name may mean.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from warehouse import csv_lists
from warehouse.errors import USAGE, WarehouseError

# the word of the command line -> the word that is stored
WORDS = {
    "vip": "vip",
    "blocked": "blocked",
    "normal": "normal",
    "flag": "flagged",
    "unflag": "unflagged",
    "staff": "staff",
    "not-staff": "not_staff",
    "bot": "bot",
    "not-bot": "not_bot",
    "own": "own",
    "audience": "audience",
}
# decisions of one kind replace each other
KINDS = (
    ("vip", "blocked", "normal"),
    ("flagged", "unflagged"),
    ("staff", "not_staff"),
    ("bot", "not_bot"),
    ("own", "audience"),
    ("opted_out", "opted_in"),
)
COLUMNS = (
    "decision",
    "follower",
    "workspace",
    "platform",
    "username",
    "actor_id",
    "reason",
    "notes",
    "decided_by",
    "decided_at",
)

ACCOUNTS = (
    "select workspace_id, platform, platform_user_id as actor_id, id as follower_id, username,"
    " display_name from marts.followers where "
)
IN_ORDER = " order by workspace_id, platform, platform_user_id"
NAMED: LiteralString = (
    "username = any(%s) or display_name = any(%s) or platform_user_id = any(%s)"
)


@dataclass(frozen=True)
class Account:
    """An account that a decision is about; the names are null where nobody said them."""

    workspace_id: str
    platform: str
    actor_id: str
    follower_id: uuid.UUID | None = None
    username: str | None = None
    display_name: str | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.username or self.display_name or self.actor_id} ({self.platform})"


@dataclass(frozen=True)
class Decision:
    """One decision in stored words, before it is recorded."""

    account: Account
    decision: str
    reason: str | None = None
    notes: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None


Find = Callable[[Sequence[str], str | None], Account]  # of the words of one, and a workspace


class AmbiguousError(WarehouseError):
    """A name that more than one account goes by."""

    def __init__(self, message: str, candidates: Sequence[Account]) -> None:
        super().__init__(message)
        self.candidates = candidates

    def __str__(self) -> str:
        """The sentence with the ids that it may mean."""
        return (
            f"{self.message} ({', '.join(str(each.follower_id) for each in self.candidates)})"
        )


def find(
    session: psycopg.Connection, follower: Sequence[str], workspace: str | None
) -> Account:
    """The one account that an id, or a platform and a name, stand for.

    `follower`: an id; `platform:name`; or platform and name as two words. A name is the
    user name, the display name or the platform's own id.
    """
    return finding(session, [follower])(follower, workspace)


def finding(session: psycopg.Connection, followers: Iterable[Sequence[str]]) -> Find:
    """What finds each of some followers as `find` does, having asked once for all of them."""
    ids: set[uuid.UUID] = set()
    names: set[str] = set()
    for follower in followers:
        with suppress(WarehouseError):  # it is raised when that one is looked for
            follower_id, _, name = said(follower)
            if follower_id is None:
                names |= {name, name.removeprefix("@")}
            else:
                ids.add(follower_id)
    known: dict[object, list[Account]] = {}
    accounts = [
        *(_accounts(session, "id = any(%s)", list(ids)) if ids else ()),
        *(_accounts(session, NAMED, *[list(names)] * 3) if names else ()),
    ]
    for account in dict.fromkeys(accounts):
        names_of = (account.username, account.display_name, account.actor_id)
        for key in {account.follower_id, *((account.platform, name) for name in names_of)}:
            known.setdefault(key, []).append(account)

    def found(follower: Sequence[str], workspace: str | None) -> Account:
        follower_id, platform, name = said(follower)
        keys = [(platform, name), (platform, name.removeprefix("@"))]
        of_one = [
            [each for each in known.get(key, ()) if workspace in (None, each.workspace_id)]
            for key in ([follower_id] if follower_id else keys)
        ]
        shown = f"{name} on {platform}" if platform else name
        return _one(shown, next(filter(None, of_one), []))

    return found


def said(follower: Sequence[str]) -> tuple[uuid.UUID | None, str, str]:
    """The id, or platform and name, that words stand for."""
    words = list(follower)
    if len(words) == 1:
        if (follower_id := _uuid(words[0])) is not None:
            return follower_id, "", words[0]
        words = words[0].split(":", 1)
    if len(words) != 2 or not all(words):
        raise WarehouseError(
            "Name the follower by id, or by platform and user name, like `instagram ann`.",
            USAGE,
        )
    return None, words[0].lower(), words[1]


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _accounts(
    session: psycopg.Connection, condition: LiteralString, *values: object
) -> list[Account]:
    try:
        with session.cursor(row_factory=class_row(Account)) as cursor:
            return cursor.execute(ACCOUNTS + condition + IN_ORDER, values).fetchall()
    except psycopg.errors.UndefinedTable:
        raise WarehouseError(
            "No follower is known yet; use `warehouse load`, then `warehouse run`."
        ) from None


def _one(shown: str, found: list[Account]) -> Account:
    if not found:
        raise WarehouseError(
            f"Nobody is known as {shown}; new data are known after `warehouse run`."
        )
    if len(found) > 1:
        raise AmbiguousError(f"{shown} matches {len(found)} accounts; give the id.", found)
    return found[0]


def decision(
    session: psycopg.Connection,
    word: str,
    follower: Sequence[str],
    workspace: str | None,
    *,
    reason: str | None = None,
    notes: str | None = None,
) -> Decision:
    """A decision as the command line says it."""
    stored = _stored(word)
    return Decision(find(session, follower, workspace), stored, reason, notes)


def _stored(word: str) -> str:
    if word not in WORDS:
        raise WarehouseError(
            f"{word!r} is not a decision; use one of {', '.join(WORDS)}.", USAGE
        )
    return WORDS[word]


def record(session: psycopg.Connection, decisions: Sequence[Decision]) -> int:
    """Append decisions, all or none; returns how many were new.

    One that holds already is left out: the same word as the latest of its kind, for the same
    reason; with a time of its own, the same decision of the same time.
    """
    with session.transaction():
        session.execute("lock table raw.decisions in share row exclusive mode")
        return sum(_record(session, decision) for decision in decisions)


def _record(session: psycopg.Connection, decision: Decision) -> bool:
    (kind,) = (words for words in KINDS if decision.decision in words)
    values = {
        "workspace": decision.account.workspace_id,
        "platform": decision.account.platform,
        "actor_id": decision.account.actor_id,
        "decision": decision.decision,
        "reason": decision.reason,
        "notes": decision.notes,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
        "kind": list(kind),
    }
    done = session.execute(
        "with latest as (select decision, reason, notes from raw.decisions"
        " where workspace_id = %(workspace)s and platform = %(platform)s"
        " and actor_id = %(actor_id)s and decision = any(%(kind)s)"
        " and (%(decided_at)s::timestamptz is null or decided_at = %(decided_at)s)"
        " order by decision_id desc limit 1)"
        " insert into raw.decisions (workspace_id, platform, actor_id, decision, reason, notes,"
        " decided_by, decided_at)"
        " select %(workspace)s, %(platform)s, %(actor_id)s, %(decision)s, %(reason)s,"
        " %(notes)s, coalesce(%(decided_by)s::text, current_user),"
        " coalesce(%(decided_at)s::timestamptz, transaction_timestamp())"
        " where not exists (select 1 from latest where decision = %(decision)s"
        " and reason is not distinct from %(reason)s::text"
        " and notes is not distinct from %(notes)s::text)",
        values,
    )
    return done.rowcount == 1


def read(session: psycopg.Connection, path: Path, workspace: str | None) -> list[Decision]:
    """The decisions of a CSV; any row that is wrong is told by its line, and none is taken.

    Its header has `decision` and either `follower` (as on the command line), `platform` and
    `username`, or `platform` and `actor_id` (an account need not be known then); it may have
    the other COLUMNS.
    """
    rows = csv_lists.rows(path, COLUMNS, ("decision",))
    find = finding(session, filter(None, (named(row.cells) for row in rows)))
    return csv_lists.each(path, rows, lambda cells: _decision(find, cells, workspace))


def of_unknown(session: psycopg.Connection, decisions: Sequence[Decision]) -> list[Account]:
    """The accounts that decisions are about and that nobody has described or seen act yet."""
    named = [each.account for each in decisions if each.account.follower_id is None]
    known = {
        (account.workspace_id, account.platform, account.actor_id)
        for account in _known(session, [account.actor_id for account in named])
    }
    return [
        account
        for account in dict.fromkeys(named)
        if (account.workspace_id, account.platform, account.actor_id) not in known
    ]


def _known(session: psycopg.Connection, actor_ids: list[str]) -> list[Account]:
    try:
        with session.transaction():
            return _accounts(session, "platform_user_id = any(%s)", actor_ids)
    except WarehouseError:  # nothing has run yet
        return []


def _decision(find: Find, row: Mapping[str, str], workspace: str | None) -> Decision:
    stored = _stored(row["decision"])
    return Decision(
        account=account_of(find, row, workspace),
        decision=stored,
        reason=row.get("reason") or None,
        notes=row.get("notes") or None,
        decided_by=row.get("decided_by") or None,
        decided_at=_instant(row.get("decided_at") or None),
    )


def named(row: Mapping[str, str]) -> list[str] | None:
    """The words by which a row of a CSV names a follower; null where it has the actor_id."""
    if follower := row.get("follower"):
        return [follower]
    platform, username = row.get("platform"), row.get("username")
    return [platform, username] if platform and username else None


def account_of(find: Find, row: Mapping[str, str], workspace: str | None) -> Account:
    """The account that a row of a CSV names."""
    workspace = row.get("workspace") or workspace
    if (words := named(row)) is not None:
        return find(words, workspace)
    platform, actor_id = row.get("platform", "").lower(), row.get("actor_id")
    if platform and actor_id:
        if workspace is None:
            raise WarehouseError(
                "an actor_id needs a workspace; --workspace sets it for all rows."
            )
        return Account(workspace, platform, actor_id)
    raise WarehouseError(
        "it names no follower: neither an id nor platform and username or actor_id."
    )


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise WarehouseError(
            f"{text!r} is not an instant with its zone, like 2026-03-01T12:00:00Z."
        )
    return at
