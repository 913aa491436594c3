"""Ids of X: addresses of what they name, and when posts were written; a part of `platforms.x`.

Source: ids of posts, which tell when they were made since 2010; names of accounts.
Shape:  ids and the time that a post tells in, times of its versions out; a name in, the
        address of its profile out.
Units:  milliseconds since November 2010, above 22 other bits; cut to seconds.
Errors: none: an id that tells nothing leaves the told time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from loaders.parsing.times import EPOCH

X = "x"
EDITABLE = timedelta(days=1)
SNOWFLAKE_EPOCH_MS = 1_288_834_974_657


def post_url(post_id: str) -> str:
    """Return where a post is shown, whoever wrote it."""
    return f"https://x.com/i/status/{post_id}"


def profile_url(username: str | None) -> str | None:
    """Return where an account is shown."""
    return f"https://x.com/{username}" if username else None


def made_at(native_id: str) -> datetime | None:
    """Return when an id was made, where it is one that tells."""
    if not native_id.isdecimal():
        return None
    milliseconds = (int(native_id[:25]) >> 22) + SNOWFLAKE_EPOCH_MS
    try:
        return EPOCH + timedelta(seconds=milliseconds // 1000)
    except OverflowError:
        return None


def versions(
    told_at: datetime | None, first: str, this: str
) -> tuple[datetime | None, datetime | None]:
    """Return when a post was first written and when this version was, by time and ids.

    Some sources give an edited post the time of its first version: its own id knows better.
    """
    if told_at is None or first == this:
        return told_at, told_at
    first_at, this_at = made_at(first), made_at(this)
    is_told = first_at is not None and told_at - EDITABLE <= first_at <= told_at
    is_edit = this_at is not None and told_at <= this_at <= told_at + EDITABLE
    return first_at if is_told else told_at, this_at if is_edit else told_at
