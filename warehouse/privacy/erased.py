"""What was erased, as hashes: in the database, and in a log of the state folder.

Source: raw.erased_values; `privacy.log` in the state folder, a line of JSON per erasure.
Shape:  `read` returns what the loader and the erasure ask (`Forgotten`). The log has the same
        hashes, so that an erasure can be done again in a database that is older than it.
Units:  hashes are hexadecimal in the log.
Errors: WarehouseError where the key is not that of the erasures, or the log is damaged.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import psycopg
from psycopg import sql

from loaders.privacy.forgetting import Forgotten, Kind, digest, word_of
from warehouse import state
from warehouse.decisions import Account
from warehouse.errors import WarehouseError
from warehouse.privacy import key
from warehouse.privacy.person import Ask, Known, known

FILE = "privacy.log"
MOST_KEPT = 100  # workspaces
AGAIN = "`warehouse privacy reapply` finishes it."

_ACCOUNTS = sql.SQL(
    "select platform, actor_id from raw.interactions"
    " where workspace_id = %(workspace)s and actor_id is not null"
    " union select platform, actor_id from raw.profiles where workspace_id = %(workspace)s"
    " union select platform, author_id from raw.posts"
    " where workspace_id = %(workspace)s and author_id is not null"
)

_read: dict[tuple[object, ...], Forgotten] = {}


class Value(msgspec.Struct, frozen=True, array_like=True):
    """A value that was erased, as its hash."""

    kind: Kind
    hash: str
    piece_count: int | None = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """An erasure in the log. `key_check` tells whether a key is the one of its hashes.

    `others`: further accounts of the same person, erased with the first.
    """

    warehouse: str
    workspace: str
    key_check: str
    account: str
    values: tuple[Value, ...]
    others: tuple[str, ...] = ()

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the hashes of all accounts."""
        return (self.account, *self.others)


def of_people(ask: Ask, people: Sequence[Sequence[Account]], warehouse: str) -> list[Erasure]:
    """Return an erasure for each of some people, whose accounts are of one workspace each."""
    found = known(ask, [each for accounts in people for each in accounts])
    return [of_person([found[each] for each in accounts], warehouse) for accounts in people]


def of_person(person: Sequence[Known], warehouse: str) -> Erasure:
    """Return the erasure of all that the accounts of a person are known by."""
    secret = key.key()
    first, *others = (each.account_hash.hex() for each in person)
    return Erasure(
        warehouse=warehouse,
        workspace=person[0].workspace_id,
        key_check=_check_of(secret),
        account=first,
        values=tuple(dict.fromkeys(value for each in person for value in _of(each, secret))),
        others=tuple(others),
    )


def _of(own: Known, secret: bytes) -> list[Value]:
    """Return what an account is own by, as hashes."""
    workspace = own.workspace_id
    values = [
        Value("account", digest(secret, workspace, own.platform, actor_id).hex())
        for actor_id in (*own.actor_ids, *(f"@{name}" for name in own.usernames))
    ]
    values += [
        Value("account_key", digest(secret, "account_key", str(found)).hex())
        for found in own.account_keys
    ]
    values += [
        Value("record", digest(secret, "record", str(found)).hex())
        for found in (*own.record_keys, *own.placeless_keys)
    ]
    for name in (*own.actor_ids, *own.usernames):
        if (told := word_of(name)) is not None:
            word, pieces = told
            values += [
                Value(
                    "word",
                    digest(secret, "word", workspace, platform, word).hex(),
                    len(pieces),
                )
                for platform in (own.platform, "")
            ]
            values.append(Value("piece", digest(secret, "piece", workspace, pieces[0]).hex()))
    return values


def completed(erasures: Sequence[Erasure], ask: Ask) -> list[Erasure]:
    """Return erasures with what else their accounts are known by in a place.

    What they did and wrote there alone, no other place could hash.
    """
    found: list[Erasure] = []
    secret = key.key()
    for workspace in dict.fromkeys(each.workspace for each in erasures):
        own = [each for each in erasures if each.workspace == workspace]
        hashed = {
            bytes.fromhex(value.hash): place
            for place, erasure in enumerate(own)
            for value in erasure.values
            if value.kind == "account"
        }
        more: dict[int, list[Account]] = {}
        for platform, actor_id in sorted(ask(_ACCOUNTS, {"workspace": workspace})):
            place = hashed.get(digest(secret, workspace, platform, actor_id))
            if place is not None:
                more.setdefault(place, []).append(Account(workspace, platform, actor_id))
        told = known(ask, [account for accounts in more.values() for account in accounts])
        values = {
            place: [value for account in accounts for value in _of(told[account], secret)]
            for place, accounts in more.items()
        }
        found += [
            msgspec.structs.replace(
                erasure, values=tuple(dict.fromkeys((*erasure.values, *values.get(place, ()))))
            )
            for place, erasure in enumerate(own)
        ]
    return found


def identity(session: psycopg.Connection) -> str:
    """Return by what the log knows this warehouse."""
    return str(
        session.execute("select warehouse_id from raw.warehouse_identity").fetchall()[0][0]
    )


def read(session: psycopg.Connection, workspace: str) -> Forgotten | None:
    """Return what was erased in a workspace; null where nobody was.

    What one process has read once it keeps, until somebody else is erased.
    """
    newest = session.execute(
        "select request_id, requested_at, row_counts ->> 'key_check'"
        " from raw.privacy_requests where request_kind = 'erase' and workspace_id = %s"
        " order by request_id desc limit 1",
        (workspace,),
    ).fetchone()
    if newest is None:
        return None
    secret = key.key()
    _refuse_another_key(secret, [newest[2]])
    place = (identity(session), workspace, *newest[:2])
    if place not in _read:
        if len(_read) >= MOST_KEPT:
            _read.clear()
        _read[place] = _forgotten(session, workspace, secret)
    return _read[place]


def read_all(session: psycopg.Connection) -> dict[str, Forgotten]:
    """Return what was erased, by workspace."""
    workspaces = session.execute(
        "select distinct workspace_id from raw.privacy_requests where request_kind = 'erase'"
    ).fetchall()
    found = {workspace: read(session, workspace) for (workspace,) in workspaces}
    return {workspace: each for workspace, each in found.items() if each is not None}


def _forgotten(session: psycopg.Connection, workspace: str, secret: bytes) -> Forgotten:
    rows = session.execute(
        "select value_kind, value_hash, piece_count from raw.erased_values"
        " where workspace_id = %s",
        (workspace,),
    )
    return remembered(secret, workspace, rows.fetchall())


def of_workspaces(erasures: Iterable[Erasure]) -> dict[str, Forgotten]:
    """Return what erasures are about, by workspace."""
    values: dict[str, list[tuple[Kind, bytes, int | None]]] = {}
    for erasure in erasures:
        values.setdefault(erasure.workspace, []).extend(
            (each.kind, bytes.fromhex(each.hash), each.piece_count) for each in erasure.values
        )
    secret = key.key()
    return {
        workspace: remembered(secret, workspace, found) for workspace, found in values.items()
    }


def forgotten(erasure: Erasure) -> Forgotten:
    """Return what one erasure is about."""
    return of_workspaces([erasure])[erasure.workspace]


def remembered(
    secret: bytes, workspace: str, values: Iterable[tuple[Kind, bytes, int | None]]
) -> Forgotten:
    """Return what the loader and the erasure ask of erased values."""
    hashes: dict[Kind, list[bytes]] = {}
    counts = set()
    for kind, found, count in values:
        hashes.setdefault(kind, []).append(found)
        if count:
            counts.add(count)
    return Forgotten(secret, workspace, hashes, counts)


def store(session: psycopg.Connection, erasure: Erasure, request_id: int) -> None:
    """Enter the values of an erasure; those that are there already stay."""
    with session.cursor() as cursor:
        cursor.executemany(
            "insert into raw.erased_values"
            " (workspace_id, value_kind, value_hash, piece_count, request_id)"
            " values (%s, %s, %s, %s, %s) on conflict do nothing",
            [
                (
                    erasure.workspace,
                    value.kind,
                    bytes.fromhex(value.hash),
                    value.piece_count,
                    request_id,
                )
                for value in erasure.values
            ],
        )


def append(erasures: Iterable[Erasure]) -> None:
    """Write erasures to the log, durably; a line that a kill has torn goes first."""
    path = state.home() / FILE
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        whole = stream.read().rpartition(b"\n")
        stream.seek(len(whole[0]) + len(whole[1]))
        stream.truncate()
        stream.writelines(msgspec.json.encode(each) + b"\n" for each in erasures)
        state.give(descriptor, path.parent)
        stream.flush()
        os.fsync(descriptor)


def log(path: Path | None = None) -> list[Erasure]:
    """Return the erasures of a log, by default that of the state folder.

    A last line that a kill has torn is left out: its erasure never began.
    """
    path = path or state.home() / FILE
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    try:
        return [msgspec.json.decode(line, type=Erasure) for line in lines[:-1]]
    except msgspec.MsgspecError as error:
        raise WarehouseError(
            f"{path} is damaged ({error}); put it back from a backup of the state folder."
        ) from None


def missing(
    session: psycopg.Connection, erasures: Iterable[Erasure], *, is_of_any: bool = False
) -> list[Erasure]:
    """Return the erasures of this warehouse, or of any, that its database does not know."""
    known = session.execute(
        "select account_hash from raw.privacy_requests where request_kind = 'erase'"
    )
    own = None if is_of_any else identity(session)
    return unknown(erasures, own, frozenset(found.hex() for (found,) in known))


def unknown(
    erasures: Iterable[Erasure], warehouse: str | None, known: frozenset[str]
) -> list[Erasure]:
    """Return the erasures of a warehouse, or of any, whose accounts are not all known."""
    return [
        each
        for each in erasures
        if warehouse in (None, each.warehouse) and not known.issuperset(each.accounts)
    ]


def unfinished(session: psycopg.Connection) -> dict[int, str]:
    """Return the erasures that have begun and not ended: requests with their workspaces."""
    rows = session.execute(
        "select request_id, workspace_id from raw.privacy_requests"
        " where request_kind = 'erase' and finished_at is null order by 1"
    )
    return dict(rows.fetchall())


def check(session: psycopg.Connection) -> None:
    """Refuse to publish what an erasure has not finished, or a backup has brought back."""
    if unfinished(session):
        raise WarehouseError(f"An erasure has begun and not ended. {AGAIN}")
    if missing(session, log()):
        raise WarehouseError(
            "This database is older than an erasure: people who were erased are in it again. "
            "`warehouse privacy reapply` erases them again."
        )


def check_key(erasures: Sequence[Erasure]) -> None:
    """Refuse a key that is not the one of some erasures."""
    _refuse_another_key(key.key(), [each.key_check for each in erasures])


def key_check() -> str:
    """Return what tells whether a key is this one."""
    return _check_of(key.key())


def _check_of(secret: bytes) -> str:
    return digest(secret, "key").hex()[:16]


def _refuse_another_key(secret: bytes, checks: Sequence[str]) -> None:
    if any(check != _check_of(secret) for check in checks):
        raise WarehouseError(
            "People were erased from this warehouse under another key, so their deliveries "
            f"would not be recognised. Put that key back: {key.FILE} of the state folder, or "
            f"{key.VARIABLE}."
        )
