"""Comments and their authors on YouTube, by the same ids in all sources; a part of `youtube`.

Source: ids of comments and channels, names of channels.
Shape:  an id in, the comment that its thread began with out; a channel and its name in, a
        profile out. Since 2022 a name that begins with @ is the channel's handle.
Units:  text.
Errors: none.
"""

from __future__ import annotations

from collections.abc import Iterator

from loaders.parsing.builders import profile
from loaders.records import Profile

YOUTUBE = "youtube"


def top_of(comment_id: str) -> str:
    """Return the id of the comment that a thread began with: replies are `<top>.<reply>`."""
    return comment_id.partition(".")[0]


def author(
    channel_id: str | None, name: str | None, url: str | None = None
) -> Iterator[Profile]:
    """Yield the channel that wrote a comment."""
    handle = name if name and name.startswith("@") else None
    return profile(YOUTUBE, channel_id, username=handle, display_name=name, profile_url=url)
