"""What accounts are known by: their ids, their keys, their names, what they did and wrote.

Source: profiles, interactions and posts of `raw`, of a database or of a lake.
Shape:  a `Known` per account; a person is the accounts that somebody names together. `tied`
        returns further accounts that a source says are of the same human.
Units:  a key is the MD5 of natural ids, as macro `natural_key` makes it.
Errors: those of the place.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


_USERNAMES = sql.SQL(
    "select distinct ltrim(username, '@') from raw.profiles"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = %(actor_id)s and username is not null"
)
_PROVISIONAL = sql.SQL(
    "select actor_id from raw.interactions"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = any(%(handles)s)"
    " union select actor_id from raw.profiles"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = any(%(handles)s)"
)
_OTHER_NAMES = sql.SQL(
    "select display_name from raw.profiles"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = any(%(actor_ids)s)"
    " union select profile_url from raw.profiles"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = any(%(actor_ids)s)"
)
_RECORDS = sql.SQL(
    "select native_id from raw.interactions"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = any(%(actor_ids)s)"
    " union select post_id from raw.posts"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and author_id = any(%(actor_ids)s)"
)
# of those that a source ties to an account, who did or is something
_TIED = sql.SQL(
    "select tie.actor_id from ("
    " select other_actor_id as actor_id from raw.identity_evidence"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and actor_id = %(actor_id)s"
    " union select actor_id from raw.identity_evidence"
    " where workspace_id = %(workspace)s and platform = %(platform)s"
    " and other_actor_id = %(actor_id)s"
    ") as tie where exists (select 1 from raw.interactions as itr"
    " where itr.workspace_id = %(workspace)s and itr.platform = %(platform)s"
    " and itr.actor_id = tie.actor_id)"
    " or exists (select 1 from raw.profiles as prf"
    " where prf.workspace_id = %(workspace)s and prf.platform = %(platform)s"
    " and prf.actor_id = tie.actor_id)"
    " order by tie.actor_id"
)


def asking(session: psycopg.Connection) -> Ask:
    """Return what asks a database."""

    def ask(statement: Statement, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return session.execute(statement, values).fetchall()

    return ask


def find(ask: Ask, account: Account) -> Known:
    """Return what an account is known by now."""
    values: dict[str, Any] = _place(account)
    usernames = _texts(ask, _USERNAMES, values)
    values["handles"] = [f"@{name}" for name in usernames]
    provisional = _texts(ask, _PROVISIONAL, values) if usernames else []
    actor_ids = tuple(dict.fromkeys((account.actor_id, *provisional)))
    values["actor_ids"] = list(actor_ids)
    return Known(
        workspace_id=account.workspace_id,
        platform=account.platform,
        actor_ids=actor_ids,
        usernames=tuple(usernames),
        other_names=tuple(_texts(ask, _OTHER_NAMES, values)),
        record_ids=tuple(_texts(ask, _RECORDS, values)),
        account_hash=key.account_hash(
            key.key(), account.workspace_id, account.platform, account.actor_id
        ),
    )


def tied(ask: Ask, accounts: Sequence[Account]) -> list[Account]:
    """Return further accounts that a source says are of the same human as one of these."""
    found = {
        (account.workspace_id, account.platform, actor_id)
        for account in accounts
        for actor_id in _texts(ask, _TIED, _place(account))
    }
    named = {(each.workspace_id, each.platform, each.actor_id) for each in accounts}
    return [Account(*place) for place in sorted(found - named)]


def _place(account: Account) -> dict[str, Any]:
    return {
        "workspace": account.workspace_id,
        "platform": account.platform,
        "actor_id": account.actor_id,
    }


def _texts(ask: Ask, statement: Statement, values: Mapping[str, Any]) -> list[str]:
    return sorted(text for (text,) in ask(statement, values) if text)
