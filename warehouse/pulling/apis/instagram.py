"""Instagram's Graph API for professional accounts.

Source: developers.facebook.com/docs/instagram-platform: ig-user/media, ig-media/comments.
Shape:  `media:ACCOUNT` the account's media with comments and answers, the newest first;
        `insights:ACCOUNT` how often they were seen, saved and shared.
Units:  as in `graph`.
Errors: as in `graph`.
"""

from __future__ import annotations

from warehouse.pulling.api import Api, Request, Task
from warehouse.pulling.apis import graph

_ANSWER = "id,text,timestamp,username,from,like_count,parent_id"
_COMMENT = f"{_ANSWER},replies.limit(50){{{_ANSWER}}}"
_MEDIA = "id,media_type,permalink,timestamp,username,owner,comments_count"
_LIST = f"{_MEDIA},caption,like_count,comments.limit(50){{{_COMMENT}}}"
_INSIGHTS = f"{_MEDIA},insights.metric(reach,views,saved,shares)"


def _ask(task: Task) -> Request:
    match task.kind:
        case "comments":
            return graph.ask_comments(task, _MEDIA, _COMMENT)
        case "insights":
            return graph.ask_list(task, "media", _INSIGHTS)
        case _:
            return graph.ask_list(task, "media", _LIST)


API = Api(
    platform="instagram",
    title="Instagram",
    url="https://graph.facebook.com",
    follows={
        "media": "an account's media with comments and answers (`media:ACCOUNT_ID`)",
        "insights": "how often they were seen, saved and shared (`insights:ACCOUNT_ID`)",
    },
    authorise=graph.authorise,
    ask=_ask,
    read=graph.read,
    judge=graph.judge,
    pause=graph.pause,
)
