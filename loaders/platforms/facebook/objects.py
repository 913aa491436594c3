"""What a Facebook Graph API object is, told by the fields that it has.

Source: objects of the Graph API, of any version.
Shape:  the fields of an object and where it stood in; a post, a comment, a person or a number
        out. Only what positively is one of these lands: ads, leads, inbox threads, private
        messages, Pages, users, groups, events, albums and apps have ids and times, too.
Units:  fields with the beginning of their values, as JSON.
Errors: RecordError (unsupported_record) with a sentence that says what the object is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from loaders.platforms.meta import insights
from loaders.reading.json_values import outline
from loaders.records import Reason, RecordError

Kind = Literal["post", "comment", "person", "insight"]
Fields = Mapping[str, bytes]


class Place(msgspec.Struct, frozen=True):
    """Where an object stands: in which edge, of which post and comment."""

    edge: str | None = None
    post_id: str | None = None
    comment_id: str | None = None
    is_likeable: bool = False  # the page says whether the reader may like what it is about
    kind: Kind | None = None


POST_ID = re.compile(r"([0-9]+)_[0-9]+")
_COMMENT_ID = re.compile(r"([0-9]+_[0-9]+)_[0-9]+")  # of a post, in older versions
_NUMERIC = re.compile(r"[0-9_]+")
_PRIVATE_ID = re.compile(r"m_|mid\.|t_|aWdf")
OF_COMMENTS = {
    *("parent", "object", "comment_count", "like_count", "can_remove", "user_likes"),
    *("can_hide", "can_like", "can_comment", "can_reply_privately", "attachment"),
}
OF_POSTS = {
    *("story", "permalink_url", "status_type", "shares", "is_published", "privacy"),
    *("full_picture", "attachments", "actions", "backdated_time", "feed_targeting"),
    *("is_expired", "is_popular", "promotion_status", "timeline_visibility", "story_tags"),
    *("scheduled_publish_time", "tagged_time", "is_instagram_eligible", "with_tags"),
}
OF_ADDRESSED_POSTS = {  # posts on another wall have `to`, as messages do
    *("type", "updated_time", "permalink_url", "status_type", "privacy", "actions"),
}
OF_MESSAGES = {"is_unsupported", "sticker", "thread", "thread_id"}
POST_TYPES = {
    *("status", "photo", "link", "video", "offer", "event", "note", "question", "checkin"),
    *("swf", "music", "album", "share", "profile_media", "cover_photo", "life_event"),
}
ALBUMS = {"wall", "profile", "mobile", "cover", "normal", "friends_walls"}
OF_PHOTOS = {"images", "height", "width", "page_story_id"}
OF_VIDEOS = {"embed_html", "embeddable", "format", "content_category", "length"}
LIKE = b'"LIKE"'
EDGES = {"comments", "reactions", "likes"}  # of what people do something to
LISTS_OF_POSTS = {
    *("feed", "posts", "published_posts", "visitor_posts", "tagged", "promotable_posts"),
    *("photos", "videos", "video_reels", "statuses", "links", "home", "ads_posts"),
}
OF_PAGES = ("posts", "feed", "published_posts", "visitor_posts", "tagged")  # their posts
OTHERS = (  # fields that nothing of ours has, and what has them
    (
        {
            *("adset_id", "campaign_id", "adset", "campaign", "creative", "bid_type"),
            *("configured_status", "effective_status", "account_status", "objective"),
            *("ad_account_id", "adcreatives", "buying_type", "object_story_spec", "product_id"),
        },
        "an object of an advertising account",
    ),
    ({"field_data", "form_id", "leads_count", "questions"}, "a lead of an advertisement"),
    (
        {
            *("unread", "unseen", "unread_count", "message_count", "participants", "senders"),
            *("snippet", "scoped_thread_key", "former_participants", "can_reply"),
        },
        "an inbox thread of private messages",
    ),
    (
        {"start_time", "end_time", "ticket_uri", "attending_count", "is_date_only", "venue"},
        "an event, a milestone or a group",
    ),
    ({"cover_photo", "can_upload"}, "an album"),
    (
        {
            *("fan_count", "category", "category_list", "about", "checkins", "founded"),
            *("talking_about_count", "were_here_count", "followers_count", "first_name"),
            *("last_name", "birthday", "gender", "name_format", "access_token"),
            "has_added_app",
        },
        "a Page or a user: what it likes is no like of it",
    ),
    ({"app_type", "app_name", "namespace", "creator_uid"}, "an app"),
    ({"web_url", "web_destination_type"}, "a button of a Page"),
)


def post_of(comment_id: str) -> str | None:
    """The post of a comment, where the comment's id says it."""
    found = _COMMENT_ID.fullmatch(comment_id)
    return found[1] if found else None


def page_of(post_id: str | None) -> str | None:
    """The Page (user, group) whose place a post stands in, where the post's id says it."""
    found = POST_ID.fullmatch(post_id or "")
    return found[1] if found else None


def kind_of(fields: Fields, page: Place, is_listed: bool) -> Kind:
    """Tell what an object is; RecordError where it is none of what lands.

    `is_listed`: it is an item of a page (`data`), where comments and posts can look alike.
    """
    if insights.is_insight(fields):
        return "insight"
    if page.edge in ("comments", "likes", "reactions") and not is_refused(fields):
        return "comment" if page.edge == "comments" else _person(fields, page)
    refuse_others(fields)
    native_id = id_of(fields)
    is_linked = b"comment_id=" in fields.get("permalink_url", b"")
    if fields.keys() & OF_COMMENTS or post_of(native_id) or is_linked:
        return "comment"
    is_told = page.edge in LISTS_OF_POSTS and bool(fields.keys() & {"created_time", "message"})
    if is_told or _is_post(fields, native_id, is_listed):
        is_plain = not fields.keys() & (
            OF_POSTS | OF_PHOTOS | OF_VIDEOS | EDGES | {"type", "to", "insights"}
        )
        is_comment = is_listed and page.edge is None and is_plain and "from" in fields
        return "comment" if is_comment else "post"
    raise RecordError(Reason.UNSUPPORTED_RECORD, _reason(fields))


def is_refused(fields: Fields) -> bool:
    """Whether an object is surely none of ours."""
    return any(fields.keys() & telling for telling, _ in OTHERS)


def refuse_others(fields: Fields) -> None:
    """Raise RecordError for what is surely no post and no comment."""
    for telling, what in OTHERS:
        if fields.keys() & telling:
            raise RecordError(Reason.UNSUPPORTED_RECORD, f"the object is {what}")
    native_id = id_of(fields)
    is_addressed = "to" in fields and not (
        POST_ID.fullmatch(native_id) or fields.keys() & OF_ADDRESSED_POSTS
    )
    if _PRIVATE_ID.match(native_id) or is_addressed or fields.keys() & OF_MESSAGES:
        raise RecordError(Reason.UNSUPPORTED_RECORD, "the object is a private message")
    if fields.get("likes", b"")[:1].isdigit():
        detail = "the object is a Page: its count of likes belongs to no post"
        raise RecordError(Reason.UNSUPPORTED_RECORD, detail)


def id_of(fields: Fields) -> str:
    """The id of an object as text; empty without one."""
    return fields.get("id", b"").decode(errors="replace").strip('"')


def is_album(fields: Fields) -> bool:
    """Whether an object is an album, which is no post; comments on it are comments."""
    return fields.get("type", b"").decode(errors="replace").strip('"') in ALBUMS


def native_type(fields: Fields) -> str | None:
    """What kind of post an object is, in the words of its `type` or of the API."""
    word = fields.get("type", b"").decode(errors="replace").strip('"')
    if word in POST_TYPES:
        return word
    if fields.keys() & OF_VIDEOS:
        return "video"
    return "photo" if {"images"} & fields.keys() or fields.keys() >= OF_PHOTOS else None


def _person(fields: Fields, page: Place) -> Kind:
    """A person who likes or reacts; RecordError where the page lists what an account likes."""
    if page.edge == "likes" and not page.is_likeable and page.comment_id is None:
        is_liked = {"created_time", "category"} & fields.keys()
        if is_liked or POST_ID.fullmatch(page.post_id or "") is None:
            detail = "it is what a Page or user likes, or cannot be told from it: no like of it"
            raise RecordError(Reason.UNSUPPORTED_RECORD, detail)
    return "person"


def _is_post(fields: Fields, native_id: str, is_listed: bool) -> bool:
    keys = fields.keys()
    is_alone = keys == {"id"} and not is_listed  # the answer to a request that published it
    word = fields.get("type", b"").decode(errors="replace").strip('"')
    if keys & OF_POSTS or word in POST_TYPES or "reactions" in keys:
        return True
    if POST_ID.fullmatch(native_id) and keys != {"id", "name"} and not is_alone:
        return True
    if keys & {"images", "embed_html"} or len(keys & OF_PHOTOS) > 1:
        return True
    if "comments" in keys and not _is_empty(fields["comments"]):
        return True
    if "likes" in keys and b"can_like" in outline(fields["likes"]).get("summary", b""):
        return True
    return {"message", "created_time"} <= keys and _NUMERIC.fullmatch(native_id) is not None


def _is_empty(edge: bytes) -> bool:
    """Whether an edge says nothing, neither items nor a total."""
    return not outline(edge).keys() & {"data", "summary", "count"}


def _reason(fields: Fields) -> str:
    if not fields.keys() - {"id", "name"}:
        return "a name and an id, and not what they did"
    if "likes" in fields:
        return (
            "the object may be a Page or user: its `likes` are what it likes, not who likes it"
        )
    return "the object is no post and no comment"
