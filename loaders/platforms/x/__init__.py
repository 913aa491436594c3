"""X posts, likers and deletions -> raw records.

Source: API v2 pages (`data` a list or one object, `includes`, `errors`); the same flattened,
        one post a line with its `author` and `referenced_tweets` inside; posts of API v1.1
        (`v1`); users of liking_users, retweeted_by and followers and batch compliance lines
        (`users`); the data archive (`archive`).
Export: Save API v2 answers, for instance with twarc (as they come, or flattened). Or request
        an archive of your data in the settings and load the files of its `data` folder.
Pull:   `warehouse pull` asks API v2 for an account's posts, replies of the last seven days,
        mentions and likers. The token is an app's bearer token; likers need the account's own
        user token with `like.read`, `tweet.read` and `users.read`. Limits are per endpoint and
        15 minutes, and per month by plan. Deletions come by compliance files only.
Shape:  What a post does to another post (replied_to, quoted, retweeted) is an interaction,
        and so are its mentions. The post and the posts that it refers to are posts with
        counters, accounts are profiles. `includes` only describe and are no interactions. The
        key is the first id of the edit history, so an edit replaces the text. The key of a
        repost is post and account, as in retweeted_by. A deletion names only an id: the post
        is marked as removed, and its interactions are retracted. An author owns nothing;
        everybody takes part.
Units:  ISO times. The times of an edited post's versions are read from their ids. Likers and
        reposters have no time.
Errors: RecordError naming the key; users of a page that does not say what they did, neither
        in `__twarc.url` nor in the name of its file, are rejected.
"""

from __future__ import annotations

from loaders.platforms.x import api, archive, v1
from loaders.platforms.x.archive import account_of
from loaders.platforms.x.ids import X

__all__ = ["ACCOUNT_FILES", "FORMATS", "PLATFORM", "account_of"]

PLATFORM = X
ACCOUNT_FILES = ("account.js",)  # of an archive: names the account that all its files are of

FORMATS = (
    *api.FORMATS,
    *v1.FORMATS,
    *archive.FORMATS,
)
