"""Which comment an id of TikTok refers to; a part of `platforms.tiktok`.

Source: `reply_id`, `reply_to_reply_id`, `parent_comment_id`.
Shape:  an id in, the native id of a comment out; `0` is none.
Units:  text.
Errors: RecordError naming the key.
"""

from __future__ import annotations

from loaders.parsing.fields import NativeId, composite, optional_identifier

TIKTOK = "tiktok"
NO_ID = "0"


def reference(value: NativeId, key: str) -> str | None:
    """Return the comment that an id refers to."""
    text = optional_identifier(value, key)
    return None if text is None or text == NO_ID else composite("comment", text)
