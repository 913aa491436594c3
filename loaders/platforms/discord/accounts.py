"""Which Discord accounts are people, bots, or people who have gone.

Source: authors, mentioned and reacting users as exports write them.
Shape:  an id and names in, what they show out.
Units:  ids are snowflakes, as text.
Errors: none.

When an account is deleted, Discord gives its old messages to one shared account, "Deleted
User". It stands for many people, so its id names nobody. A deleted account that kept its own
id (`Deleted User 1a2b3c4d`, `deleted_user_1a2b3c4d`) is still one account.
"""

from __future__ import annotations

import re

SHARED_ID = "456226577798135808"

_DELETED = re.compile(r"deleted[ _]user(?:[ _][0-9a-f]{4,16})?", re.IGNORECASE)
_DISCRIMINATOR = re.compile(r"#[0-9]{4}$")


def is_shared(actor_id: str | None) -> bool:
    """Return whether an id is the one that all deleted accounts share."""
    return actor_id == SHARED_ID


def is_deleted(actor_id: str | None, *names: str | None) -> bool:
    """Return whether an account is gone, as its id or one of its names shows."""
    if is_shared(actor_id):
        return True
    return any(
        name is not None
        and name[:1] in "dD"  # nearly every other name is decided here
        and _DELETED.fullmatch(discriminated(name) or "") is not None
        for name in names
    )


def discriminated(name: str | None) -> str | None:
    """Return a name without its `#1234`; None for an empty one."""
    return (_DISCRIMINATOR.sub("", name) if name and "#" in name else name) or None
