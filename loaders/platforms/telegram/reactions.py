"""Reactions and mentions that Telegram exports and bot updates both tell of.

Source: what `telegram` and `bot` read.
Shape:  an account's reactions to one message are numbered in the order in which they came:
        nearly everybody may have only one, so another emoji replaces it. What is counted of
        an emoji is a counter of the message, as a post `message:<chat>:<id>`.
Units:  times are aware datetimes.
Errors: RecordError where an id cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from loaders.parsing.builders import as_post, counters, mention, precision_of
from loaders.parsing.fields import composite
from loaders.records import Interaction, Record

TELEGRAM = "telegram"
PAID = "paid"  # stars, which an account gives in addition to its reaction


def mentions(
    told: Interaction, mentioned: Mapping[str, Mapping[str, str]], place: str
) -> Iterator[Interaction]:
    """One for each account that a message mentions, by the message's sender."""
    for who, metadata in mentioned.items():
        yield mention(told, composite("mention", place, who), told.native_id, metadata)


def reactions(
    told: Interaction,
    place: str,
    actor_id: str | None,
    given: Iterable[tuple[str, datetime | None]],
    number: int = 0,
) -> Iterator[Interaction]:
    """The reactions of one account to one message, the oldest first: emoji and time.

    `number`: how many of this account come before. Equal reactions of unknown accounts are
    told apart by their number in the document.
    """
    for key, occurred_at in given:
        if actor_id is None or key == PAID:
            scope = [actor_id or "", key]
        else:
            number += 1
            scope = [actor_id] if number == 1 else [actor_id, str(number)]
        yield Interaction(
            platform=TELEGRAM,
            native_id=composite("reaction", place, *scope),
            native_type="reaction",
            native_kind=key,
            actor_id=actor_id,
            actor_kind=None if actor_id else "anonymous",
            post_id=told.post_id,
            thread_id=told.thread_id,
            parent_id=told.native_id,
            occurred_at=occurred_at,
            time_precision=precision_of(occurred_at),
            version_at=occurred_at,
            key_quality="native" if actor_id else "derived",
        )


def counts(
    told: Interaction,
    counted: Iterable[tuple[str, int | None]],
    observed_at: datetime | None = None,
) -> Iterator[Record]:
    """What is counted of each emoji, as counters of the message.

    An export without files calls every custom emoji the same: their counts are added.
    """
    known: dict[str, int] = {}
    for key, value in counted:
        if value is not None:
            metric = composite("reaction", key)
            known[metric] = known.get(metric, 0) + value
    if known:
        yield as_post(told, "message", told.post_id)
        yield from counters(TELEGRAM, told.native_id, known, observed_at)
