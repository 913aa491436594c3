"""Checks and repairs of typed records that hold on every platform.

Source: what a platform module made of one native record.
Shape:  the same records, without NUL characters, empty names and impossible secondary times.
Units:  a platform's life begins with the year in FIRST_YEARS; others have no beginning.
Errors: RecordError for an interaction older than its platform, and for a NUL in an id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from loaders.parsing.fields import BLANK, visible
from loaders.parsing.notes import note
from loaders.records import (
    Content,
    Counter,
    Identity,
    Interaction,
    Post,
    Profile,
    Reason,
    Record,
    RecordError,
)

FIRST_YEARS = {
    "discord": 2015,
    "facebook": 2004,
    "instagram": 2010,
    "linear": 2019,
    "linkedin": 2003,
    "skool": 2019,
    "telegram": 2013,
    "threads": 2023,
    "tiktok": 2016,
    "x": 2006,
    "youtube": 2005,
}
ALL_BEGAN = datetime(max(FIRST_YEARS.values()), 1, 1, tzinfo=UTC)
KEEPS_AT_SIGN = {"youtube"}  # its handles begin with one
ESCAPED_NUL = b"\\u0000"

_KEYS = {  # what joins or groups records: no character of it may be left out
    *("platform", "native_id", "native_type", "native_kind", "actor_id", "post_id"),
    *("thread_id", "parent_id", "community_id", "author_id", "owner_id", "content_id"),
    *("native_metric", "type"),
}


def checked(records: Iterable[Record], is_suspect: bool) -> tuple[Record, ...]:
    """Check and mend the records of one native record.

    `is_suspect`: their text may hold a NUL, so every field is looked at.
    """
    found = records if type(records) is tuple else tuple(records)
    for record in found:  # run for every record that lands: nearly all leave it at once
        if (
            type(record) is not Interaction
            or ((at := record.occurred_at) is not None and at < ALL_BEGAN)
            or ((at := record.version_at) is not None and at < ALL_BEGAN)
        ):
            found = tuple([_CHECKS[type(record)](record) for record in found])
            break
    return tuple(map(_without_nul, found)) if is_suspect else found


def _interaction(record: Interaction) -> Interaction:
    at, version_at = record.occurred_at, record.version_at
    if (at is None or at >= ALL_BEGAN) and (version_at is None or version_at >= ALL_BEGAN):
        return record
    year = FIRST_YEARS.get(record.platform)
    if year is not None and at is not None and at.year < year:
        raise RecordError(
            Reason.TIME_OUT_OF_RANGE,
            f"its time is of {at.year}, before {record.platform} began ({year})",
        )
    possible_at = _possible(version_at, record.platform, "version_at")
    if possible_at is version_at:
        return record
    return msgspec.structs.replace(record, version_at=possible_at)


def _profile(record: Profile) -> Profile:
    platform, username, at = record.platform, record.username, record.observed_at
    if (  # like the first lines of the other checks: what nearly all records leave at
        (username is None or username[:1].isalnum())
        and ((name := record.display_name) is None or name[:1].isalnum())
        and ((url := record.profile_url) is None or url[:1].isalnum())
        and (at is None or at >= ALL_BEGAN)
    ):
        return record
    if username is not None and not username.isalnum():
        username = handle(username, platform in KEEPS_AT_SIGN)
    display_name, url = visible(record.display_name), visible(record.profile_url)
    at = _possible(at, platform, "observed_at")
    if (
        username is record.username
        and display_name is record.display_name
        and url is record.profile_url
        and at is record.observed_at
    ):
        return record
    return msgspec.structs.replace(
        record, username=username, display_name=display_name, profile_url=url, observed_at=at
    )


def _post(record: Post) -> Post:
    if (
        ((name := record.title) is None or name[:1].isalnum())
        and ((name := record.url) is None or name[:1].isalnum())
        and ((name := record.community_name) is None or name[:1].isalnum())
        and ((at := record.posted_at) is None or at >= ALL_BEGAN)
        and ((at := record.observed_at) is None or at >= ALL_BEGAN)
    ):
        return record
    title, url, community = (
        visible(record.title),
        visible(record.url),
        visible(record.community_name),
    )
    posted_at = _possible(record.posted_at, record.platform, "posted_at")
    observed_at = _possible(record.observed_at, record.platform, "observed_at")
    if (
        title is record.title
        and url is record.url
        and community is record.community_name
        and posted_at is record.posted_at
        and observed_at is record.observed_at
    ):
        return record
    return msgspec.structs.replace(
        record,
        title=title,
        url=url,
        community_name=community,
        posted_at=posted_at,
        observed_at=observed_at,
    )


def _counter(record: Counter) -> Counter:
    if record.observed_at is None:
        return record
    at = _possible(record.observed_at, record.platform, "observed_at")
    return (
        record if at is record.observed_at else msgspec.structs.replace(record, observed_at=at)
    )


def _content(record: Content) -> Content:
    title, slug = visible(record.title), visible(record.slug)
    if title is record.title and slug is record.slug:
        return record
    return msgspec.structs.replace(record, title=title, slug=slug)


def _identity(record: Identity) -> Identity:
    at = _possible(record.observed_at, record.platform, "observed_at")
    return (
        record if at is record.observed_at else msgspec.structs.replace(record, observed_at=at)
    )


_CHECKS: dict[type, Any] = {
    Interaction: _interaction,
    Profile: _profile,
    Post: _post,
    Counter: _counter,
    Content: _content,
    Identity: _identity,
}


def handle(value: str, keeps_at_sign: bool = False) -> str | None:
    """Return a username without the @ before it; none where nothing else is left."""
    if value[:1].isalnum():
        return value
    bare = value.strip(BLANK).lstrip("@")
    if visible(bare) is None:
        return None
    if keeps_at_sign and value.lstrip().startswith("@"):
        bare = f"@{bare}"
    return value if bare == value else bare


def _possible(at: datetime | None, platform: str, key: str) -> datetime | None:
    """Return a secondary time that the platform has lived to see."""
    if at is None or at >= ALL_BEGAN:
        return at
    year = FIRST_YEARS.get(platform)
    if year is None or at.year >= year:
        return at
    note("set_aside", key, f"is of {at.year}, before {platform} began ({year})")
    return None


def _without_nul(record: Record) -> Record:
    """Return a record that a database can store: none takes a NUL."""
    changes: dict[str, Any] = {}
    for key, value in msgspec.structs.asdict(record).items():
        content = value
        if isinstance(value, bytes) and ESCAPED_NUL in value:
            content = msgspec.json.decode(value)
        if not _holds_nul(content):
            continue
        if key in _KEYS:
            raise RecordError(Reason.INVALID_TEXT, f"{key} contains a NUL character")
        mended = _mended(content, key)
        if isinstance(value, bytes):  # the payload, which repeats what is noted elsewhere
            changes[key] = msgspec.json.encode(mended)
            continue
        changes[key] = mended
        note("repaired", key, "contained a NUL character, which was removed")
    return msgspec.structs.replace(record, **changes) if changes else record


def _mended(value: Any, key: str) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        if _holds_nul(list(value)):
            raise RecordError(
                Reason.INVALID_TEXT, f"a key within {key} contains a NUL character"
            )
        return {inner: _mended(item, key) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mended(item, key) for item in value)
    if isinstance(value, msgspec.Struct):
        raise RecordError(Reason.INVALID_TEXT, f"{key} contains a NUL character")
    return value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(_holds_nul(item) for item in value)
    if isinstance(value, msgspec.Struct):
        return any(_holds_nul(item) for item in msgspec.structs.astuple(value))
    return False
