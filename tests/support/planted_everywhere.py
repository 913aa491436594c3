"""Somebody in every place of a raw table that the list says may hold a person.

Source: what a column holds and its type, as `warehouse.privacy.columns` says.
Shape:  values of Python for a column of a row: of the person's own, or of somebody else's that
        names the person. VALUES are the values by which a trace is recognised.
Units:  none.
Errors: none.
"""

from __future__ import annotations

import uuid
from typing import Any

from loaders.privacy.forgetting import natural_key
from warehouse.privacy.columns import Column
from warehouse.privacy.person import Known

WORKSPACE, PLATFORM = "acme", "product"  # which every table may be of
ID, NAME, RECORD = "zq-account-77", "zq.handle", "zq-comment-1"
OTHER = "xv-account-88"
OTHER_KEY = uuid.uuid5(uuid.NAMESPACE_URL, OTHER)
TEXT = f"to @{NAME}, {ID}!"
KEY = natural_key(WORKSPACE, PLATFORM, ID)
RECORD_KEY = natural_key(WORKSPACE, PLATFORM, RECORD)
VALUES = (ID, NAME, RECORD, str(KEY), str(RECORD_KEY))

PERSON = Known(
    workspace_id=WORKSPACE,
    platform=PLATFORM,
    actor_ids=(ID,),
    usernames=(NAME,),
    other_names=(),
    record_ids=(RECORD,),
    account_hash=b"h" * 32,
)


def is_planted(column: Column, *, is_own: bool) -> bool:
    """Return whether a column of such a row gets a value of the person."""
    if column.holds == "account":
        return is_own
    return column.holds not in ("nothing", "fingerprint")


def value(column: Column) -> Any:
    """Return what the person, or a text that names the person, is in a column."""
    document = {"k": [f"@{NAME}", ID, {ID: RECORD}]}
    by_type = {
        "uuid": KEY if column.holds == "account" else RECORD_KEY,
        "json": document,
        "jsonb": document,
        "bytea": TEXT.encode(),
        "_text": [TEXT],
    }
    by_kind = {"account": ID, "name": NAME, "record": RECORD}
    return by_type.get(column.type, by_kind.get(column.holds, TEXT))


def of_nobody(column: Column) -> Any:
    """Return a value for an account that is somebody else's."""
    return OTHER_KEY if column.type == "uuid" else OTHER
