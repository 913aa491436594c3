"""What accounts are known by: their ids, their keys, their names, what they did and wrote.

Source: profiles, interactions and posts of `raw`, of a database or of a lake.
Shape:  a `Known` per account; a person is the accounts that somebody names together. `tied`
        returns further accounts that a source says are of the same human.
Units:  a key is the MD5 of natural ids, as macro `natural_key` makes it.
Errors: those of the place.

A list of a thousand people is asked about at once: `raw` has no index of accounts.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from loaders.landing.sinks import Statement
from loaders.privacy.forgetting import natural_key
from warehouse.decisions import Account
from warehouse.privacy import key

# Returns the rows of a statement that PostgreSQL and DuckDB read alike.
Ask = Callable[[Statement, Mapping[str, Any]], list[tuple[Any, ...]]]

SHORTEST_ID = 5  # a shorter id is also a word, or part of any number
SHORTEST_NAME = 3


@dataclass(frozen=True)
class Known:
    """An account with everything that is known of it by id or name.

    `actor_ids`: the platform's id, and @names that stood for it before its id was known.
    `record_ids`: what it did and the posts that it wrote. `account_hash` stands for it in
    raw.privacy_requests.
    """

    workspace_id: str
    platform: str
    actor_ids: tuple[str, ...]
    usernames: tuple[str, ...]
    other_names: tuple[str, ...]
    record_ids: tuple[str, ...]
    account_hash: bytes

    @property
    def account_keys(self) -> list[uuid.UUID]:
        """Return the warehouse's keys of the account."""
        return [self._key(actor_id) for actor_id in self.actor_ids]

    @property
    def record_keys(self) -> list[uuid.UUID]:
        """Return the warehouse's keys of what it did and wrote."""
        return [self._key(record_id) for record_id in self.record_ids]

    @property
    def placeless_keys(self) -> list[uuid.UUID]:
        """Return keys of the same where nothing says of which platform an id is."""
        return [
            natural_key(self.workspace_id, "", record_id)
            for record_id in self.record_ids
            if len(record_id) >= SHORTEST_ID
        ]

    @property
    def mentions(self) -> list[str]:
        """Return what names the account wherever it stands, in lower case."""
        names = [name for name in self.usernames if len(name) >= SHORTEST_NAME]
        ids = [actor_id for actor_id in self.actor_ids if len(actor_id) >= SHORTEST_ID]
        keys = map(str, self.account_keys)
        return list(dict.fromkeys(value.lower() for value in (*names, *ids, *keys)))

    def _key(self, native_id: str) -> uuid.UUID:
        return natural_key(self.workspace_id, self.platform, native_id)


def _about(question: LiteralString) -> sql.Composed:
    """Return a question about accounts, whose places are in two lists of the same length."""
    wanted = sql.SQL(
        "with wanted as (select distinct unnest(%(platforms)s::text[]) as platform,"
        " unnest(%(actor_ids)s::text[]) as actor_id) "
    )
    return wanted + sql.SQL(question)


_USERNAMES = _about(
    "select distinct wanted.platform, wanted.actor_id, ltrim(prf.username, '@')"
    " from raw.profiles as prf inner join wanted"
    " on prf.platform = wanted.platform and prf.actor_id = wanted.actor_id"
    " where prf.workspace_id = %(workspace)s and prf.username is not null"
)
_PROVISIONAL = _about(
    "select wanted.platform, wanted.actor_id, wanted.actor_id"
    " from raw.interactions as itr inner join wanted"
    " on itr.platform = wanted.platform and itr.actor_id = wanted.actor_id"
    " where itr.workspace_id = %(workspace)s"
    " union select wanted.platform, wanted.actor_id, wanted.actor_id"
    " from raw.profiles as prf inner join wanted"
    " on prf.platform = wanted.platform and prf.actor_id = wanted.actor_id"
    " where prf.workspace_id = %(workspace)s"
)
_OTHER_NAMES = _about(
    "select wanted.platform, wanted.actor_id, prf.display_name"
    " from raw.profiles as prf inner join wanted"
    " on prf.platform = wanted.platform and prf.actor_id = wanted.actor_id"
    " where prf.workspace_id = %(workspace)s"
    " union select wanted.platform, wanted.actor_id, prf.profile_url"
    " from raw.profiles as prf inner join wanted"
    " on prf.platform = wanted.platform and prf.actor_id = wanted.actor_id"
    " where prf.workspace_id = %(workspace)s"
)
_RECORDS = _about(
    "select wanted.platform, wanted.actor_id, itr.native_id"
    " from raw.interactions as itr inner join wanted"
    " on itr.platform = wanted.platform and itr.actor_id = wanted.actor_id"
    " where itr.workspace_id = %(workspace)s"
    " union select wanted.platform, wanted.actor_id, pst.post_id"
    " from raw.posts as pst inner join wanted"
    " on pst.platform = wanted.platform and pst.author_id = wanted.actor_id"
    " where pst.workspace_id = %(workspace)s"
)
# of those that a source ties to an account, who did or is something
_TIED = _about(
    "select tie.platform, tie.platform, tie.actor_id from ("
    " select evd.platform, evd.other_actor_id as actor_id"
    " from raw.identity_evidence as evd inner join wanted"
    " on evd.platform = wanted.platform and evd.actor_id = wanted.actor_id"
    " where evd.workspace_id = %(workspace)s"
    " union select evd.platform, evd.actor_id"
    " from raw.identity_evidence as evd inner join wanted"
    " on evd.platform = wanted.platform and evd.other_actor_id = wanted.actor_id"
    " where evd.workspace_id = %(workspace)s"
    ") as tie where exists (select 1 from raw.interactions as itr"
    " where itr.workspace_id = %(workspace)s and itr.platform = tie.platform"
    " and itr.actor_id = tie.actor_id)"
    " or exists (select 1 from raw.profiles as prf"
    " where prf.workspace_id = %(workspace)s and prf.platform = tie.platform"
    " and prf.actor_id = tie.actor_id)"
)


def asking(session: psycopg.Connection) -> Ask:
    """Return what asks a database."""

    def ask(statement: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return session.execute(statement, values).fetchall()

    return ask


def find(ask: Ask, accounts: Sequence[Account]) -> list[Known]:
    """Return what accounts of one workspace are known by now.

    One pass over each table answers for all of them.
    """
    if not accounts:
        return []
    workspace = accounts[0].workspace_id
    places = [(account.platform, account.actor_id) for account in accounts]
    usernames = _texts(ask, _USERNAMES, workspace, places)
    handles = {
        place: [(place[0], f"@{name}") for name in usernames.get(place, ())] for place in places
    }
    exists = _texts(
        ask, _PROVISIONAL, workspace, [each for of in handles.values() for each in of]
    )
    own = {
        place: [place, *sorted(each for each in handles[place] if each in exists)]
        for place in places
    }
    of_all = [each for ids in own.values() for each in ids]
    other_names = _texts(ask, _OTHER_NAMES, workspace, of_all)
    records = _texts(ask, _RECORDS, workspace, of_all)
    return [
        Known(
            workspace_id=workspace,
            platform=place[0],
            actor_ids=tuple(dict.fromkeys(actor_id for _, actor_id in own[place])),
            usernames=tuple(usernames.get(place, ())),
            other_names=_of(other_names, own[place]),
            record_ids=_of(records, own[place]),
            account_hash=key.account_hash(key.key(), workspace, *place),
        )
        for place in places
    ]


def known(ask: Ask, accounts: Sequence[Account]) -> dict[Account, Known]:
    """Return what accounts are known by now, of whatever workspaces."""
    found: dict[Account, Known] = {}
    for workspace in {each.workspace_id for each in accounts}:
        of_one = [each for each in accounts if each.workspace_id == workspace]
        found |= zip(of_one, find(ask, of_one), strict=True)
    return found


def tied(ask: Ask, accounts: Sequence[Account]) -> list[Account]:
    """Return further accounts that a source says are of the same human as one of these."""
    named = {(each.workspace_id, each.platform, each.actor_id) for each in accounts}
    found = {
        (workspace, platform, actor_id)
        for workspace in {each.workspace_id for each in accounts}
        for (platform, _), actor_ids in _texts(
            ask, _TIED, workspace, [place for of, *place in named if of == workspace]
        ).items()
        for actor_id in actor_ids
    }
    return [Account(*place) for place in sorted(found - named)]


def _texts(
    ask: Ask, statement: Statement, workspace: str, places: Sequence[Sequence[str]]
) -> dict[tuple[str, str], list[str]]:
    """Return the texts that a statement tells of accounts, by platform and id, in order."""
    if not places:
        return {}
    platforms, actor_ids = zip(*places, strict=True)
    values = {
        "workspace": workspace,
        "platforms": list(platforms),
        "actor_ids": list(actor_ids),
    }
    found: dict[tuple[str, str], list[str]] = {}
    for platform, actor_id, text in sorted(row for row in ask(statement, values) if row[2]):
        found.setdefault((platform, actor_id), []).append(text)
    return found


def _of(
    found: Mapping[tuple[str, str], list[str]], places: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the texts of any of some accounts, each once, in order."""
    return tuple(sorted({text for place in places for text in found.get(place, ())}))
