"""A TikTok data download -> raw records.

Source: `user_data.json` (or user_data_tiktok.json), whose sections and lists have had several
        names, and whose lists may be null.
Shape:  one entry of a list in -> one interaction in the word of that list (ItemFavoriteList,
        VideoList, …) of the exporter, who is whoever --account says, else unknown. Followers,
        and those who wrote a message, are actors themselves, `@username`. A linked video is a
        post. A comment's video is mostly not told. Lists of no engagement (logins, purchases,
        devices, …) are not read at all. No ids: keys are derived from all that is said.
Units:  `2024-12-08 04:24:23`, which TikTok says is UTC; --timezone overrules it.
Errors: RecordError naming the key; the other entries still land.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC

import msgspec

from loaders.fields import composite, identifier
from loaders.formats import Context, Format, JsonLists
from loaders.json_stream import Keys, outline
from loaders.records import ActorKind, Interaction, Post, Reason, Record, RecordError
from loaders.times import instant

TIKTOK = "tiktok"
CHAT, CHATS = "Chat History with ", "ChatHistory"
FOLLOWERS = {"FansList", "FollowerList"}
LISTS = {
    *("VideoList", "ItemFavoriteList", "FavoriteVideoList", "ShareHistoryList"),
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
_VIDEO = re.compile(r"/(?:video|photo)/([0-9]+)")
_NEEDLESS_COMMA = re.compile(rb",(\s*[}\]])")


class Entry(msgspec.Struct, gc=False, omit_defaults=True, rename="pascal"):
    """An entry of any of the lists; older and newer exports differ in capitals."""

    date: str | None = None
    link: str | None = None
    url: str | None = None
    video_link: str | None = None
    comment: str | None = None
    method: str | None = None
    search_term: str | None = None
    user_name: str | None = None
    from_: str | None = msgspec.field(default=None, name="From")
    content: str | None = None


class SmallEntry(msgspec.Struct, gc=False, rename="camel"):
    date: str | None = None
    link: str | None = None
    url: str | None = None
    comment: str | None = None
    method: str | None = None
    search_term: str | None = None
    user_name: str | None = None


_ENTRY = msgspec.json.Decoder(Entry)
_SMALL = msgspec.json.Decoder(SmallEntry)


def _decode(raw: bytes) -> Entry:
    try:
        entry = _ENTRY.decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:  # some exports have a comma behind the last value
        raw = _NEEDLESS_COMMA.sub(rb"\1", raw)
        entry = _ENTRY.decode(raw)
    small = _SMALL.decode(raw)
    for name in small.__struct_fields__:
        if getattr(entry, name) is None:
            setattr(entry, name, getattr(small, name))
    return entry


def parse(raw: bytes, context: Context) -> Iterable[Record]:
    """Turn one entry into its interaction."""
    entry = _decode(raw)
    name = context.keys[-1]
    is_chat = name.startswith(CHAT)
    native_type = CHATS if is_chat else name
    if not entry.date:
        raise RecordError(Reason.MISSING_FIELD, "Date is missing")
    link = entry.link or entry.url or entry.video_link
    text = entry.comment or entry.content or entry.search_term
    sender = entry.from_ if is_chat else entry.user_name
    actor_kind: ActorKind | None
    is_by_others = is_chat or name in FOLLOWERS
    if is_by_others and (sender or "").lstrip("@") != (context.account or "").lstrip("@"):
        actor_id = identifier(f"@{sender.lstrip('@')}", "From") if sender else None
        actor_kind = None
    else:
        actor_id, actor_kind = context.account, "exporter"
    found = _VIDEO.search(link or "")
    post_id = identifier(found[1], "Link") if found else None
    said = (context.account, name, entry.date, link, text, sender, entry.method)
    words = "\x1f".join(word or "" for word in said)
    digest = hashlib.md5(words.encode()).hexdigest()
    other = name.removeprefix(CHAT).rstrip(":").strip() if is_chat else None
    followed = entry.user_name if name not in FOLLOWERS else None
    yield Interaction(
        platform=TIKTOK,
        native_id=composite(native_type, digest),
        native_type=native_type,
        native_kind=entry.method or None,
        actor_id=actor_id,
        actor_kind=actor_kind,
        post_id=post_id,
        thread_id=composite("conversation", other) if other else None,
        text=text,
        occurred_at=instant(entry.date, "Date", context.timezone or UTC),
        key_quality="derived",
        metadata={"username": followed} if followed else None,
        payload=msgspec.json.encode(entry),
    )
    if post_id is not None:
        yield Post(platform=TIKTOK, post_id=post_id, native_type="video", url=link)


def _is_wanted(keys: Keys) -> bool:
    if not keys or keys[0] in OWN_VIDEOS:
        return False
    name = keys[-1]
    if name in LISTS or (name.startswith(CHAT) and len(keys) > 1):
        return True
    is_sounds = name.startswith("Favorite") and name != "FavoriteVideoList"
    return keys[0] in ENGAGING and name.endswith("List") and not is_sounds


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
        container=JsonLists(_is_wanted),
        recognises=_recognises,
        parse=parse,
    ),
)
