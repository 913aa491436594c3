"""Changes that a Facebook Page's webhook delivers -> raw records.

Source: `entry[].changes[]` of webhook bodies, both generations (`from{id,name}`, and
        `sender_id`/`sender_name` before).
Shape:  each change becomes one record: comments, reactions, likes, shares, ratings and
        mentions are interactions, the Page's and visitors' own post, status, photo, video …
        are posts. Likes and reactions have no id: their key is what was liked and by whom, so
        that another reaction replaces the first; a reaction `like` is the like that older
        versions deliver as well. A post that is removed or not published is marked. The Page
        owns the posts that begin with its id. A field or item nobody knows lands in its
        native words if it names an actor and an id or time.
Units:  created_time epoch seconds; entry.time seconds or milliseconds, the time of the state
        delivered, and of the action where a new one has no created_time.
Errors: RecordError naming the key; the other changes of the body still land.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from loaders.parsing.builders import key_of
from loaders.parsing.fields import composite, count, identifier, optional_identifier, secondary
from loaders.parsing.formats import Context
from loaders.platforms.facebook.delivery import HIDING, REMOVING, Delivery
from loaders.platforms.facebook.people import FACEBOOK, named, reaction_type
from loaders.records import Post, Reason, Record, RecordError

POSTS = {"post", "status", "photo", "video", "album", "link", "note", "event", "milestone"}
REFUSED = {  # fields that are subscribed to with the same address, and what they deliver
    "leadgen": "a lead of an advertisement is private: it is no interaction",
    "inbox_labels": "a label of the inbox is no interaction",
    "live_videos": "the state of a live video is no interaction",
}


def _comment(told: Delivery) -> Record:
    native_id = composite("comment", identifier(told.comment_id, "comment_id"))
    return told.interaction(native_id, "comment", parent_id=told.parent_id)


def _reaction(told: Delivery) -> Record:
    """A like or another reaction: one thing, of one person to one target."""
    if told.comment_id is None and told.post_id is None:
        detail = "a like of the Page itself, not of a post or comment"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    target = identifier(told.comment_id or told.post_id, "post_id")
    parent_id = key_of("comment", told.comment_id)
    is_like = told.value.item == "like"
    return told.interaction(
        composite("reaction", target, told.actor()),
        "like" if is_like else reaction_type(told.value.reaction_type),
        parent_id=parent_id,
    )


def _share(told: Delivery) -> Record:
    share_id = optional_identifier(told.value.share_id, "share_id") or told.post_id
    return told.interaction(composite("share", identifier(share_id, "share_id")), "share")


def _mention(told: Delivery) -> Record:
    where = identifier(told.comment_id or told.post_id, "post_id")
    parent_id = key_of("comment", told.comment_id)
    return told.interaction(composite("mention", where), "mention", parent_id=parent_id)


def _rating(told: Delivery) -> Record:
    value = told.value
    story_id = identifier(value.open_graph_story_id, "open_graph_story_id")
    rating = told.interaction(composite("rating", story_id), "rating")
    kind = value.recommendation_type
    if kind is None and value.rating is not None:
        stars = secondary(count, value.rating, "rating")
        kind = None if stars is None else str(stars)
    return msgspec.structs.replace(
        rating, native_kind=kind, text=value.review_text or value.message
    )


def _post(told: Delivery) -> Record:
    value = told.value
    if value.item == "album" and told.post_id is None:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "an album is no post")
    is_removed = None if value.verb in HIDING else value.verb in REMOVING
    if value.published is not None and not value.published:
        is_removed = True
    return Post(
        platform=FACEBOOK,
        post_id=identifier(told.post_id, "post_id"),
        native_type=value.item,
        title=value.message or value.story,
        url=value.link,
        posted_at=told.occurred_at,
        author_id=told.actor_id,
        community_id=told.page_id,
        owner_id=told.page_id if told.is_of_page else None,
        is_removed=is_removed,
        observed_at=told.version_at,
    )


def _unknown(told: Delivery) -> Record:
    """Something of a kind that is not known yet, in its native words."""
    value, field = told.value, told.change.field
    if field in REFUSED:
        raise RecordError(Reason.UNSUPPORTED_RECORD, REFUSED[field])
    where = told.comment_id or told.post_id or optional_identifier(value.share_id, "share_id")
    created = None if value.created_time is None else str(value.created_time)
    if told.actor_id is None or (where is None and created is None):
        detail = "the change is of an unknown kind and names no actor, or neither id nor time"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    kind = value.item or field
    words = (word for word in (field, value.item, where, told.actor_id, created) if word)
    return told.interaction(composite(*words), kind, key_quality="weak")


_KINDS = {"comment": _comment, "reaction": _reaction, "like": _reaction, "share": _share}


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one change into its records."""
    told = Delivery(raw, context.parent)
    field, item = told.change.field, told.value.item
    if field == "mention":
        yield _mention(told)
    elif field == "ratings" and item in (None, "rating"):
        yield _rating(told)
    elif field == "feed" and item in POSTS:
        yield _post(told)
    elif field in ("feed", "ratings") and item in _KINDS:
        yield _KINDS[item](told)
        yield from told.place()
    else:
        yield _unknown(told)
    yield from named(told.actor_id, told.actor_name)
