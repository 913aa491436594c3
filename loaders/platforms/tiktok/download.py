"""A TikTok data download -> raw records.

Source: `user_data.json` (or user_data_tiktok.json), whose sections and lists have had several
        names, and whose lists may be null.
Shape:  one entry of a list in -> one interaction in the word of that list (ItemFavoriteList,
        VideoList, RepostList, …) of the exporter, who is whoever --account says, else unknown.
        Followers, and those who wrote a message, are actors themselves, `@username`. A linked
        video is a post, so is the live show that a comment was made in. Lists of no engagement
        (logins, purchases, own videos, talks with TikTok's assistant) are counted by name and
        not read. No ids: keys are derived from all that is said.
Units:  `2024-12-08 04:24:23`, which TikTok says is UTC; --timezone overrules it.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC
from typing import Any

import msgspec

from loaders.parsing.builders import digest
from loaders.parsing.fields import composite, identifier
from loaders.parsing.formats import Context, Format, JsonLists
from loaders.parsing.notes import note
from loaders.parsing.times import instant
from loaders.platforms.tiktok.ids import TIKTOK
from loaders.reading.json_stream import Keys
from loaders.reading.json_values import outline
from loaders.records import ActorKind, Interaction, Post, Reason, Record, RecordError

CHAT, CHATS, GROUP_CHATS = "Chat History with ", "ChatHistory", "GroupChat"
LIVE, LIVE_LISTS = "WatchLiveMap", {"Comments", "Questions"}
FOLLOWERS = {"FansList", "FollowerList"}
LISTS = {
    *("VideoList", "ItemFavoriteList", "FavoriteVideoList", "ShareHistoryList", "RepostList"),
    *("CommentsList", "SearchList", "Following", "FollowingList"),
    *FOLLOWERS,
}
ENGAGING = {"Likes and Favorites", "Comment", "Direct Message", "Direct Messages"}
OWN_VIDEOS = {
    "Video",
    "Videos",
    "Post",
    "Posts",
    "Recently Deleted Posts",
}  # not done to others
SECTIONS = {
    *("Activity", "Your Activity", "Profile", "Profile And Settings", "App Settings"),
    *("TikTok Live", "Tiktok Live", "TikTok Shop", "TikTok Shopping", "Tiktok Shopping"),
    *("Ads and data", "Income Plus Wallet Transactions", "Income+ Wallet Transactions"),
    *ENGAGING,
    *OWN_VIDEOS,
}
ASSISTANT = "Tako"  # what is said to a program is said to nobody
_VIDEO = re.compile(r"/(?:video|photo)/([0-9]+)")
_NEEDLESS_COMMA = re.compile(rb",(\s*[}\]])")


class Entry(msgspec.Struct, gc=False, omit_defaults=True, rename="pascal"):
    """An entry of any of the lists, under the names of the older exports."""

    date: str | None = None
    link: str | None = None
    url: str | None = None
    video_link: str | None = None
    original_post: str | None = None
    comment: str | None = None
    method: str | None = None
    search_term: str | None = None
    user_name: str | None = None
    from_: str | None = msgspec.field(default=None, name="From")
    content: str | None = None


NAMES = {  # a key without its capitals and separators, and the field it fills
    **{name.replace("_", ""): name for name in Entry.__struct_fields__},
    **dict.fromkeys(("originalposturl", "originalpostlink", "posturl"), "original_post"),
    **dict.fromkeys(("commenttime", "questiontime"), "date"),
    **dict.fromkeys(("commentcontent", "questioncontent"), "comment"),
}
_ENTRY = msgspec.json.Decoder(dict[str, Any])
_SEPARATORS = re.compile(r"[\s_-]+")
_NONE = ("", "N/A")


def _decode(raw: bytes) -> Entry:
    try:
        told = _ENTRY.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:  # some exports have a comma behind the last value
        told = _ENTRY.decode(_NEEDLESS_COMMA.sub(rb"\1", raw))
    entry = Entry()
    for key, value in told.items():
        field = NAMES.get(_SEPARATORS.sub("", key.lower()))
        if field is None or value is None or getattr(entry, field) is not None:
            continue
        if isinstance(value, str):
            setattr(entry, field, None if value in _NONE else value)
        elif field == "date":
            raise RecordError(Reason.INVALID_FIELD, f"{key} is not text")
        else:
            note("set_aside", key, "is not text")
    return entry


def _list(keys: Keys) -> tuple[str, str | None]:
    """What a list is called, and which conversation or live show it is of."""
    name = keys[-1]
    if name.startswith(CHAT):
        return CHATS, name.removeprefix(CHAT).rstrip(":").strip()
    if _is_group_chat(keys):
        return GROUP_CHATS, name
    if LIVE in keys:
        return f"WatchLive{name}", keys[-2]
    return name, None


def _actor(
    entry: Entry, native_type: str, of: str | None, context: Context
) -> tuple[str | None, ActorKind | None]:
    """Who did it: of a conversation between two, whoever is not the other is the exporter."""
    sender = (entry.from_ if native_type in (CHATS, GROUP_CHATS) else entry.user_name) or ""
    sender = sender.lstrip("@")
    is_by_others = native_type in FOLLOWERS or (
        sender == of if native_type == CHATS else native_type == GROUP_CHATS
    )
    if is_by_others and sender != (context.account or "").lstrip("@"):
        return identifier(f"@{sender}", "From") if sender else None, None
    named = f"@{sender}" if sender and native_type == CHATS else None
    return context.account or named, "exporter"


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its interaction."""
    entry = _decode(raw)
    native_type, of = _list(context.keys)
    if not entry.date:
        raise RecordError(Reason.MISSING_FIELD, "Date is missing")
    link = entry.link or entry.url or entry.video_link
    text = entry.comment or entry.content or entry.search_term
    actor_id, actor_kind = _actor(entry, native_type, of, context)
    sender = entry.from_ if native_type in (CHATS, GROUP_CHATS) else entry.user_name
    # who exports is no part of the key, nor is what only newer exports tell: it may come later
    date = entry.date.removesuffix(" UTC")
    of_live = of if LIVE in context.keys else None
    key = digest(of_live, context.keys[-1], date, link, text, sender, entry.method)
    post = _live(of_live) if of_live else _post(entry.original_post, link)
    followed = entry.user_name if native_type not in FOLLOWERS else None
    is_chat = native_type in (CHATS, GROUP_CHATS)
    yield Interaction(
        platform=TIKTOK,
        native_id=composite(native_type, key),
        native_type=native_type,
        native_kind=entry.method or None,
        actor_id=actor_id,
        actor_kind=actor_kind,
        post_id=post.post_id if post else None,
        thread_id=composite("conversation", of) if of and is_chat else None,
        text=text,
        occurred_at=instant(entry.date, "Date", context.timezone or UTC),
        key_quality="derived",
        metadata={"username": followed} if followed else None,
        payload=msgspec.json.encode(entry),
    )
    if post is not None:
        yield post


def _post(*links: str | None) -> Post | None:
    """The video that one of the links leads to."""
    for link in links:
        found = _VIDEO.search(link or "")
        if found is not None:
            post_id = identifier(found[1], "Link")
            return Post(platform=TIKTOK, post_id=post_id, native_type="video", url=link)
    return None


def _live(live_id: str) -> Post:
    return Post(platform=TIKTOK, post_id=identifier(live_id, LIVE), native_type="live")


def _is_group_chat(keys: Keys) -> bool:
    """Whether the list is one of the conversations, each under its id."""
    names = (_SEPARATORS.sub("", key.lower()) for key in keys[:-1])
    return any(name.startswith(GROUP_CHATS.lower()) for name in names)


def _is_wanted(keys: Keys) -> bool:
    if not keys or keys[0] in OWN_VIDEOS or any(ASSISTANT in key for key in keys):
        return False
    name = keys[-1]
    if name in LISTS or (name.startswith(CHAT) and len(keys) > 1) or _is_group_chat(keys):
        return True
    if LIVE in keys[:-2]:
        return name in LIVE_LISTS
    is_sounds = name.startswith("Favorite") and name != "FavoriteVideoList"
    return keys[0] in ENGAGING and name.endswith("List") and not is_sounds


def _section(keys: Keys) -> str | None:
    """The name of a list that is not read; ids are no names."""
    names = [key for key in keys if not key.isdecimal()]
    return names[-2] if len(names) > 1 else names[-1] if names else None


def _recognises(head: bytes) -> bool:
    keys = outline(head)
    sections = SECTIONS & keys.keys()
    if not sections or not all(keys[name][:1] in (b"{", b"n") for name in sections):
        return False
    return len(sections) > 1 or any(f'"{name}"'.encode() in head for name in LISTS)


FORMATS = (
    Format(
        name="tiktok_download_json",
        expects="a TikTok data download (user_data.json)",
        container=JsonLists(_is_wanted, unread=_section),
        recognises=_recognises,
        parse=parse,
    ),
)
