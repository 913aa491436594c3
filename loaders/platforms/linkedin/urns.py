"""URNs of LinkedIn: which post and which comment one names; a part of `platforms.linkedin`.

Source: `object`, `commentUrn` and the like of the API, percent-encoded links of an export.
Shape:  a URN or a link in, the ids of a post and of a comment on it out.
Units:  text; an id is the URN itself, a comment's always in the long form.
Errors: RecordError naming the key.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from loaders.parsing.fields import identifier, optional_identifier
from loaders.records import Post

LINKEDIN = "linkedin"
COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(\w+:[\w-]+),([\w-]+)\)")
_LINKED = re.compile(r"urn:li:(?!comment\b)(\w+:[\w-]+)")
_WITHIN = re.compile(r"[?&](replyUrn|commentUrn)=(urn:li:comment:\([^()]*\))")


def target(urn: str | None, key: str) -> tuple[str, str | None]:
    """Return the post that a URN names, and the comment on it, if it names one."""
    text = identifier(urn, key)
    found = COMMENT.fullmatch(text)
    if found is None:
        return text, None
    post_id = f"urn:li:{found[1]}"
    return post_id, f"urn:li:comment:({post_id},{found[2]})"


def linked(link: str, key: str) -> tuple[str | None, str | None]:
    """Return the post of a percent-encoded link, and the comment within it."""
    plain = unquote(link)
    found = _LINKED.search(plain)
    within = dict(_WITHIN.findall(plain))
    urn = within.get("replyUrn") or within.get("commentUrn")
    comment_id = target(urn, key)[1] if urn else None
    if found is None:
        return optional_identifier(link.partition("?")[0], key), comment_id
    return f"urn:li:{found[1]}", comment_id


def post_of(post_id: str) -> Post:
    """Return what is known of a post by its id."""
    is_urn = post_id.startswith("urn:li:")
    return Post(
        platform=LINKEDIN,
        post_id=post_id,
        native_type=post_id.split(":")[2] if is_urn and post_id.count(":") > 2 else None,
        url=f"https://www.linkedin.com/feed/update/{post_id}" if is_urn else post_id,
    )
