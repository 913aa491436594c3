"""Who likes, reposts or follows on X, and what was deleted there; a part of `platforms.x`.

Source: users of liking_users, retweeted_by and followers (API v2); batch compliance lines.
Shape:  one user in -> what he did to the post or account of the page, and his profile. One
        compliance line in -> the retraction of whatever that post did, and the post as removed.
Units:  users have no time. Of a deletion `created_at` is the post's, `redacted_at` its own.
Errors: RecordError: users of a page that does not say what they did, neither in `__twarc.url`
        nor in the name of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from loaders.parsing.builders import precision_of
from loaders.parsing.decoding import Decoder
from loaders.parsing.fields import composite, number_id, secondary
from loaders.parsing.formats import Context
from loaders.parsing.times import instant
from loaders.platforms.x.ids import X
from loaders.platforms.x.shapes import USER, Around, profile
from loaders.records import Interaction, Post, Reason, Record, RecordError


class Deletion(msgspec.Struct, gc=False, omit_defaults=True):
    id: str | int
    action: str
    created_at: str | None = None
    redacted_at: str | None = None
    reason: str | None = None


_DELETION = Decoder(Deletion)
_ACTIONS = {"liking_users": "like", "retweeted_by": "retweeted", "followers": "follow"}
_REQUESTED = re.compile(r"/(?:tweets|users)/([0-9]+)/(liking_users|retweeted_by|followers)")
_NAMED = re.compile(
    r"([0-9]{3,})\W(liking_users|retweeted_by|followers)|"
    r"(liking_users|retweeted_by|followers)[\W_]([0-9]{3,})"
)


def _endpoint(around: Around, source: str) -> tuple[str, str] | None:
    """What the users of a page did, and to what; None if the page is about users only."""
    if around.url is not None:
        found = _REQUESTED.search(around.url)
        return (_ACTIONS[found[2]], found[1]) if found else None
    named = _NAMED.search(source)
    if named is None:
        raise RecordError(
            Reason.UNSUPPORTED_RECORD,
            "the page does not say what its users did: name the file liking_users_<post id>"
            " or retweeted_by_<post id>",
        )
    return _ACTIONS[named[2] or named[3]], named[1] or named[4]


def parse_user(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one liker, reposter or follower into its records."""
    user = USER.decode(raw)
    around: Around = context.header or Around()
    actor_id = number_id(user.id, "id")
    if (endpoint := _endpoint(around, context.source)) is not None:
        action, target_id = endpoint
        yield Interaction(
            platform=X,
            native_id=composite(action, target_id, actor_id),
            native_type=action,
            actor_id=actor_id,
            post_id=None if action == "follow" else target_id,
            time_precision="unknown",
            metadata={"followed_id": target_id} if action == "follow" else None,
        )
    yield from profile(user, around)


def parse_deletion(raw: bytes, _: Context) -> Iterable[Record]:
    """Turn one compliance line into the retraction of a post, whatever that post did."""
    line = _DELETION.decode(raw)
    post_id = number_id(line.id, "id")
    is_deleted = line.action == "delete"
    redacted_at = secondary(instant, line.redacted_at, "redacted_at")
    occurred_at = instant(line.created_at, "created_at")
    yield Interaction(
        platform=X,
        native_id=composite("tweet" if is_deleted else line.action, post_id),
        native_type=line.action,
        native_kind=line.reason,
        occurred_at=occurred_at,
        time_precision=precision_of(occurred_at),
        version_at=redacted_at,
        is_retracted=is_deleted,
        payload=msgspec.json.encode(line),
    )
    if is_deleted:
        yield Post(
            platform=X,
            post_id=post_id,
            native_type="tweet",
            is_removed=True,
            observed_at=redacted_at,
        )
