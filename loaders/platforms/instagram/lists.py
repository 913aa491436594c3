"""The lists of an Instagram data download, and what their entries are.

Source: keys of lists, and names of files with a bare list.
Shape:  where an entry stood and its labels in, the word for what it is out.
Units:  none.
Errors: none: an entry of an unknown list is an `entry`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from loaders.parsing.formats import Context
from loaders.platforms.meta import labels

LISTS = {  # the lists of an export, and what one of their entries is
    "media_comments": "comment",
    "story_comments": "comment",
    "live_comments": "comment",
    "comments_media_comments": "comment",
    "comments_reels_comments": "comment",
    "comments_story_comments": "comment",
    "media_likes": "like",
    "comment_likes": "comment_like",
    "likes_media_likes": "like",
    "likes_comment_likes": "comment_like",
    "story_activities_story_likes": "story_like",
    "story_activities_polls": "story_poll",
    "story_activities_quizzes": "story_quiz",
    "story_activities_questions": "story_question",
    "story_activities_emoji_sliders": "story_slider",
    "story_activities_countdowns": "story_countdown",
    "story_activities_emoji_quick_reactions": "story_reaction",
    "story_activities_reaction_sticker_reactions": "story_reaction",
    "saved_media": "save",
    "saved_saved_media": "save",
    "relationships_following": "following",
    "relationships_followers": "follower",
}
FILES = (  # what the entries of a bare list are, by the name of its file
    ("liked_comments", "comment_like"),
    ("story_likes", "story_like"),
    ("comment", "comment"),
    ("like", "like"),
    ("saved", "save"),
    ("followers", "follower"),
    ("following", "following"),
)


def kind_of(context: Context, labelled: Iterable[str]) -> str:
    """What the entries of a list are, by its key, the name of its file or a label."""
    if context.keys:
        return LISTS[context.keys[-1]]
    name = PurePath(context.source).name.lower()
    found = next((kind for word, kind in FILES if word in name), None)
    if found is None and labels.COMMENT in map(labels.meaning, labelled):
        found = "comment"
    return found or "entry"
