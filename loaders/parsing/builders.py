"""The records and keys that platform modules build alike.

Source: platform modules, for what several platforms tell in the same way.
Shape:  an interaction, or an account and its names, in; mentions, posts, counters and profiles
        out. Each says no more than what it was built from.
Units:  as `loaders.records`.
Errors: RecordError where a key cannot be built; a count that is none is set aside with a note.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from loaders.parsing.fields import composite, count, secondary
from loaders.records import ActorKind, Counter, Interaction, Post, Profile, TimePrecision

SEPARATOR = "\x1f"


def key_of(kind: str, *native_id: str | None) -> str | None:
    """Return the key of what a record refers to (`comment:<id>`); None without an id."""
    known = [part for part in native_id if part]
    return composite(kind, *known) if len(known) == len(native_id) else None


def digest(*said: str | int | None) -> str:
    """Return the key of a record without an id: a digest of what it says."""
    words = ("" if word is None else str(word) for word in said)
    return hashlib.md5(SEPARATOR.join(words).encode()).hexdigest()


def precision_of(at: datetime | None) -> TimePrecision:
    """Return the precision of a time that a platform tells to the second, or not at all."""
    return "second" if at else "unknown"


def profile(
    platform: str,
    actor_id: str | None,
    actor_kind: ActorKind | None = None,
    *,
    username: str | None = None,
    display_name: str | None = None,
    profile_url: str | None = None,
) -> Iterator[Profile]:
    """Yield what is known of an account; nothing of nobody."""
    if actor_id is not None:
        yield Profile(
            platform=platform,
            actor_id=actor_id,
            actor_kind=actor_kind,
            username=username,
            display_name=display_name,
            profile_url=profile_url,
        )


def mention(
    by: Interaction, native_id: str, parent_id: str | None, metadata: Mapping[str, str]
) -> Interaction:
    """Return the mention of an account: by whom, where and when an interaction was made."""
    return Interaction(
        platform=by.platform,
        native_id=native_id,
        native_type="mention",
        actor_id=by.actor_id,
        actor_kind=by.actor_kind,
        post_id=by.post_id,
        thread_id=by.thread_id,
        parent_id=parent_id,
        occurred_at=by.occurred_at,
        time_precision=by.time_precision,
        version_at=by.version_at,
        is_retracted=by.is_retracted,
        metadata=dict(metadata),
    )


def as_post(
    told: Interaction,
    native_type: str,
    community_id: str | None = None,
    community_name: str | None = None,
) -> Post:
    """Return a comment or message as a post: what others react to, and what is counted."""
    return Post(
        platform=told.platform,
        post_id=told.native_id,
        native_type=native_type,
        posted_at=told.occurred_at,
        author_id=told.actor_id,
        community_id=community_id,
        community_name=community_name,
    )


def counters(
    platform: str,
    post_id: str,
    counts: Mapping[str, Any],
    observed_at: datetime | None = None,
    within: str = "",
) -> Iterator[Counter]:
    """Yield what is counted of a post, under the platform's names of the counts.

    `within`: where the counts stand in the record, for the note about a wrong one.
    """
    for metric, value in counts.items():
        number = secondary(count, value, f"{within}{metric}")
        if number is not None:
            yield Counter(
                platform=platform,
                post_id=post_id,
                native_metric=metric,
                value=number,
                observed_at=observed_at,
            )


def counters_of(
    comment: Interaction, counts: Mapping[str, Any], observed_at: datetime | None = None
) -> Iterator[Post | Counter]:
    """Yield a comment as a post, and its counters; nothing where no count is known."""
    found = list(counters(comment.platform, comment.native_id, counts, observed_at))
    if found:
        yield as_post(comment, "comment")
        yield from found
