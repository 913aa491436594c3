"""Skool posts, comments, likers and members -> raw records.

Source: what the web pages load, there is no public API: pages of posts (`__NEXT_DATA__` and
        `_next/data`, in camelCase; also one post with its comments, as scrapers keep it);
        comments (`post_tree` with nested `children`, in snake_case); vote-users; the members
        CSV that an administrator exports.
Export: Open the page and save the JSON that it loads (posts, comments, `vote-users`). An
        administrator of the group can export the members as CSV.
Shape:  A post is a post with its counters. Each comment at any depth is an interaction. A
        name in a text, `[@name](obj://user/<id>)`, is a mention. Likers have no time. A
        member's row has no id, only an e-mail address, which is dropped: who joined is
        unknown, and the keys are derived and numbered.
Units:  ISO times with any fraction, or whole microseconds or nanoseconds since 1970.
Errors: RecordError naming the key; the rest of the page still lands. Likers of a post that
        is named neither in the document nor in its name are rejected.
"""

from __future__ import annotations

from loaders.platforms.skool import members, nodes
from loaders.platforms.skool.users import SKOOL

PLATFORM = SKOOL

FORMATS = (
    *nodes.FORMATS,
    *members.FORMATS,
)
