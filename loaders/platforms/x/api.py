"""What X's API v2 answers, by format; a part of `platforms.x`.

Source: pages (`data` a list or one object, `includes`, `errors`), the same flattened, users
        of a page, compliance lines.
Shape:  the formats; `parsing` and `users` turn their items into records.
Units:  none.
Errors: none of its own.
"""

from __future__ import annotations

import re

from loaders.parsing.formats import Format, JsonArray
from loaders.platforms.x.parsing import parse
from loaders.platforms.x.shapes import page
from loaders.platforms.x.users import parse_deletion, parse_user
from loaders.reading.json_values import outline


def _first(head: bytes) -> tuple[dict[str, bytes], dict[str, bytes]]:
    keys = outline(head)
    return keys, outline(keys.get("data", b""))


_TWEET_ONLY = {"author_id", "edit_history_tweet_ids", "conversation_id"}


def _recognises_page(head: bytes) -> bool:
    keys, first = _first(head)
    if first:
        is_page = {"includes", "__twarc"} & keys.keys() or _TWEET_ONLY & first.keys()
        return "text" in first and bool(is_page or b"result_count" in keys.get("meta", b""))
    is_empty = "data" not in keys and {"meta", "errors", "includes"} & keys.keys()
    told = keys.get("meta", b"") + keys.get("errors", b"") + keys.get("includes", b"")
    return (
        bool(is_empty) and re.search(rb"result_count|resource_type|username", told) is not None
    )


def _recognises_tweets(head: bytes) -> bool:
    keys = outline(head)
    return {"id", "text"} <= keys.keys() and bool(
        {"author_id", "edit_history_tweet_ids"} & keys.keys()
    )


def _recognises_users(head: bytes) -> bool:
    keys, first = _first(head)
    is_page = {"meta", "__twarc", "includes"} & keys.keys()
    return {"id", "username", "name"} <= first.keys() and "text" not in first and bool(is_page)


_COMPLIANCE = {"redacted_at", "reason", "created_at"}


def _recognises_compliance(head: bytes) -> bool:
    keys = outline(head)
    return (
        {"id", "action"} <= keys.keys()
        and len(_COMPLIANCE & keys.keys()) > 1
        and not {"type", "data", "text"} & keys.keys()
    )


FORMATS = (
    Format(
        name="x_page_json",
        expects="X API v2 pages (JSON with `data` and `includes`)",
        container=JsonArray("data", is_lenient=True),
        recognises=_recognises_page,
        parse=parse,
        header=page,
    ),
    Format(
        name="x_users_json",
        expects="X users of liking_users or retweeted_by (API v2 JSON)",
        container=JsonArray("data", is_lenient=True),
        recognises=_recognises_users,
        parse=parse_user,
        header=page,
    ),
    Format(
        name="x_tweets_json",
        expects="flattened X posts (JSON, one after another)",
        container=JsonArray(),
        recognises=_recognises_tweets,
        parse=parse,
    ),
    Format(
        name="x_compliance_json",
        expects="X compliance lines (JSON with `id` and `action`)",
        container=JsonArray(),
        recognises=_recognises_compliance,
        recognises_declared=lambda head: {"id", "action"} <= outline(head).keys(),
        parse=parse_deletion,
    ),
)
