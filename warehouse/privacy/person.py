"""What an account is known by: its ids, its keys, its names, what it did and wrote.

Source: raw.profiles, raw.interactions, raw.posts, raw.decisions of the account.
Shape:  a `Person`; `values` are all texts by which a trace of the account is recognised.
Units:  a key is the MD5 of natural ids, as macro `natural_key` makes it.
Errors: those of the database.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import psycopg

from loaders.privacy.forgetting import natural_key
from warehouse.decisions import Account
from warehouse.privacy import key

SHORTEST_ID = 5  # a shorter id is also a word, or part of any number
SHORTEST_NAME = 3


@dataclass(frozen=True)
class Person:
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
    def mentions(self) -> list[str]:
        """Return what names the account wherever it stands, in lower case."""
        names = [name for name in self.usernames if len(name) >= SHORTEST_NAME]
        ids = [actor_id for actor_id in self.actor_ids if len(actor_id) >= SHORTEST_ID]
        keys = map(str, self.account_keys)
        return list(dict.fromkeys(value.lower() for value in (*names, *ids, *keys)))

    def _key(self, native_id: str) -> uuid.UUID:
        return natural_key(self.workspace_id, self.platform, native_id)


def find(session: psycopg.Connection, account: Account) -> Person:
    """Return what an account is known by now."""
    place = (account.workspace_id, account.platform, account.actor_id)
    usernames = _texts(
        session,
        "select distinct ltrim(username, '@') from raw.profiles"
        " where workspace_id = %s and platform = %s and actor_id = %s and username is not null",
        place,
    )
    handles = [f"@{name}" for name in usernames]
    provisional = _texts(
        session,
        "select distinct actor_id from raw.interactions"
        " where workspace_id = %s and platform = %s and actor_id = any(%s)"
        " union select actor_id from raw.profiles"
        " where workspace_id = %s and platform = %s and actor_id = any(%s)",
        (*place[:2], handles, *place[:2], handles),
    )
    actor_ids = tuple(dict.fromkeys((account.actor_id, *provisional)))
    everywhere = (*place[:2], list(actor_ids))
    return Person(
        workspace_id=account.workspace_id,
        platform=account.platform,
        actor_ids=actor_ids,
        usernames=tuple(usernames),
        other_names=tuple(
            _texts(
                session,
                "select distinct name from raw.profiles"
                " cross join lateral (values (display_name), (profile_url)) as told (name)"
                " where workspace_id = %s and platform = %s and actor_id = any(%s)"
                " and name is not null",
                everywhere,
            )
        ),
        record_ids=tuple(
            _texts(
                session,
                "select native_id from raw.interactions"
                " where workspace_id = %s and platform = %s and actor_id = any(%s)"
                " union select post_id from raw.posts"
                " where workspace_id = %s and platform = %s and author_id = any(%s)",
                (*everywhere, *everywhere),
            )
        ),
        account_hash=key.account_hash(key.key(), *place),
    )


def _texts(session: psycopg.Connection, query: str, values: tuple[object, ...]) -> list[str]:
    rows = session.execute(query.encode(), values)
    return sorted(text for (text,) in rows if text)
