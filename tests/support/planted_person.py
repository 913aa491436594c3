"""Somebody who is planted in every relation of raw by values that nothing else has.

Source: the exchange format, and statements for what a loader does not write.
Shape:  `delivery` returns what is loaded; PLANTS and ARCHIVED are statements, with parameters
        id, name, other and key; PLANTED are the values by which a trace is recognised.
Units:  none.
Errors: none.
"""

from __future__ import annotations

import hashlib
import json
from typing import LiteralString

from direct_landing import line

from loaders.privacy.forgetting import natural_key

ID, NAME = "zq-account-77", "zq.handle"
SECOND, SECOND_NAME = "zq-second-55", "zq.second"  # of hers, on another platform
OTHER, OTHER_NAME = "xv-account-88", "xv.handle"
TEXTS = ("zqtext I wrote this", "zqtext and that")
PLANTED = (
    *(ID, NAME, "zqtext", "zq-comment-1", "zq-comment-2", "zq-post", "zq-title", "zq-payload"),
    *("zq-label", "zq-why", "zq-key", SECOND, SECOND_NAME, "zq-comment-9"),
    str(natural_key("acme", "instagram", SECOND)),
    # hashes without the key
    *(str(natural_key("acme", "web", each)) for each in (ID, "zq-comment-1", "zq-post")),
    *(hashlib.sha256(ID.encode()).hexdigest(), hashlib.md5(TEXTS[0].encode()).hexdigest()),
)
# what nobody else has: her name is another's on another platform, and part of other words
HERS_ALONE = tuple(each for each in PLANTED if each != NAME)
# what else is stored about her
PLANTS: tuple[LiteralString, ...] = (
    "insert into raw.decisions (workspace_id, platform, actor_id, decision, reason) values"
    " ('acme', 'web', %(id)s, 'flagged', 'zq-why'),"
    " ('acme', 'web', %(other)s, 'vip', 'knows ' || %(name)s)",
    "insert into raw.labels select load_id, line_no, workspace_id, platform, native_id,"
    " md5(text), 'vader', '1', 'en', 0.5, 'positive' from raw.interactions"
    " where text is not null",
    "insert into raw.notifications (channel, message_key, workspace_id, follower_id,"
    " alert_kind, severity)"
    " values ('team', gen_random_uuid(), 'acme', %(key)s, 'vip_quiet', 'notice')",
    "insert into raw.identity_evidence"
    " select min(load_id), 1, 'acme', 'web', %(id)s, 'visitor-1', 'alias', null from raw.loads",
    "insert into raw.pull_cursors (source_name, item, workspace_id, state) values"
    " ('s', 'i', 'acme', jsonb_build_object('since', 'zq-comment-1 ' || %(name)s))",
)

# and after the run, whose number it has
ARCHIVED: LiteralString = (
    "insert into raw.archived_interactions (run_seq, workspace_id, platform, follower_id,"
    " platform_user_id, native_type, time_precision, is_retracted, interaction_count,"
    " decay_basis, load_id, first_at, last_at, first_received_at, last_received_at)"
    " select max(run_seq), 'acme', 'web', %(key)s, %(id)s, 'comment', 'second', true, 3, '',"
    " min(load_id), '2026-03-01T10:00:00Z', '2026-03-01T11:00:00Z', now(), now()"
    " from raw.loads where workspace_id = 'acme'"
)


def profile(actor_id: str, username: str, platform: str = "web") -> bytes:
    """Return a profile of the exchange format."""
    told = {"record": "profile", "actor_id": actor_id, "username": username}
    return json.dumps(told | {"platform": platform, "display_name": "Z. Q."}).encode() + b"\n"


def delivery(number: int = 0) -> bytes:
    """Return what is delivered about everybody; another number makes other bytes of it."""
    records = [
        line(1, id="zq-comment-1", actor_id=ID, text=TEXTS[0], post_id="place"),
        line(2, id="zq-comment-2", actor_id=f"@{NAME}", text=TEXTS[1], post_id="place"),
        line(3, id="xv-3", actor_id=OTHER, text=f"hi @{NAME}, {ID}!", post_id="place"),
        line(
            *(4,),
            id="xv-4",
            actor_id=OTHER,
            text="yes",
            post_id="place",
            parent_id="zq-comment-1",
        ),
        line(5, id="xv-5", actor_id=OTHER, type="like", text=None, post_id="zq-post"),
        line(6, id=f"like:{ID}:place", actor_id=OTHER, type="like", text=None, post_id="place"),
        line(7, id="zq-like", actor_id=ID, type="like", text=None, post_id="place"),
        line(8, id="xv-8", actor_id=OTHER, text=f"{NAME}s is not {NAME}-2", post_id="place"),
        profile(ID, NAME),
        profile(OTHER, OTHER_NAME),
        profile(SECOND, SECOND_NAME, "instagram"),
        line(9, id="zq-comment-9", actor_id=SECOND, platform="instagram", text="zqtext more"),
        profile("elsewhere", NAME, "tiktok"),
        b'{"record":"post","platform":"web","post_id":"zq-post","author_id":"%s",'
        b'"title":"zq-title","url":"https://web.example/%s/1"}\n'
        % (ID.encode(), NAME.encode()),
        b'{"record":"counter","platform":"web","post_id":"zq-post","metric":"like","value":9}\n',
        b'{"record":"content","content_id":"item","title":"By %s","posts":[{"platform":"web",'
        b'"post_id":"zq-post"},{"platform":"web","post_id":"place"}],'
        b'"tags":[{"type":"who","value":"%s"}]}\n' % (NAME.encode(), NAME.encode()),
        line(9, id="rejected", actor_id=ID, occurred_at="zq-payload"),
        b" " * number + b"\n",
    ]
    return b"".join(records)
