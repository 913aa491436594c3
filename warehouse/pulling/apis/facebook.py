"""Facebook's Graph API for Pages.

Source: developers.facebook.com/docs/graph-api/reference/page/feed, /post, /comment.
Shape:  `posts:PAGE` the Page's posts with comments, answers and reactions, the newest post
        first; `insights:PAGE` how often its posts were seen and clicked.
Units:  as in `graph`.
Errors: as in `graph`.
"""

from __future__ import annotations

from warehouse.pulling.api import Api, Request, Task
from warehouse.pulling.apis import graph

_ANSWER = "id,message,created_time,from,parent,like_count"
_COMMENT = f"{_ANSWER},comment_count,comments.limit(25){{{_ANSWER}}}"
_POST = "id,message,created_time,updated_time,permalink_url,from,shares"
_PEOPLE = "reactions.limit(100).summary(total_count){id,name,type}"
_POSTS = f"{_POST},{_PEOPLE},comments.limit(50).summary(total_count){{{_COMMENT}}}"
_METRICS = "post_media_view,post_total_media_view_unique,post_clicks"
_INSIGHTS = f"id,created_time,permalink_url,insights.metric({_METRICS}).period(lifetime)"


def _ask(task: Task) -> Request:
    match task.kind:
        case "comments":
            return graph.ask_comments(task, "id,created_time", _COMMENT)
        case "insights":
            return graph.ask_list(task, "posts", _INSIGHTS)
        case _:
            return graph.ask_list(task, "posts", _POSTS)


API = Api(
    platform="facebook",
    title="Facebook",
    url="https://graph.facebook.com",
    follows={
        "posts": "a Page's posts with comments, answers and reactions (`posts:PAGE_ID`)",
        "insights": "how often its posts were seen and clicked (`insights:PAGE_ID`)",
    },
    authorise=graph.authorise,
    ask=_ask,
    read=graph.read,
    judge=graph.judge,
    pause=graph.pause,
)
