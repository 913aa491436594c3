"""Interactions that an earlier version of the loader landed under other ids.

Versions before 2026-11-28 made other ids of Discord CSV rows, of Telegram reactions and of
likes on Facebook, and the declared account was part of the ids of downloads. Where such an
export is loaded again, what it says counts under its new id only.

Source: loads of those versions, which have no `documented_at`.
Shape:  retractions of former ids, landed with the load that has the new ones.
Units:  a message is the same if account, instant, text and channel, where known, are.
Errors: those of the sink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from loaders.records import Interaction

if TYPE_CHECKING:
    from loaders.landing.sinks import Sink

DISCORD, TELEGRAM, FACEBOOK = "discord", "telegram", "facebook"


def retract(sink: Sink, load_id: int, platform: str, fmt: str) -> None:
    """Retract what earlier versions landed of the interactions of a load."""
    counted = _STANDING
    if platform == DISCORD and fmt.endswith("csv"):
        same = _SAME_MESSAGE
    elif platform == TELEGRAM:
        same = _SAME_REACTION
    elif fmt in DOWNLOADS:
        same = DOWNLOADS[fmt]
    elif platform == FACEBOOK:
        same, counted = _SAME_LIKE, _ANY
    else:
        return
    values = {"load_id": load_id, "platform": platform, "nobody": "456226577798135808"}
    formers = [former for (former,) in sink.select(_FORMER_LOADS, values)]
    if formers:
        statement = _RETRACT.format(values=_VALUES, same=same, counted=counted)
        sink.add(statement, values | {"formers": formers}, [*formers, load_id])


_FORMER_LOADS = sql.SQL(
    """
select former.load_id
from raw.loads as ours
inner join raw.loads as former using (workspace_id, platform)
where
    ours.load_id = %(load_id)s and former.load_id <> ours.load_id
    and former.documented_at is null and former.options is null and former.n_landed > 0
    and right(former.format, 3) = right(ours.format, 3)
"""
)
_SAME_MESSAGE = sql.SQL(
    """
    former.native_type = ours.native_type
    and coalesce(former.actor_id, %(nobody)s) = coalesce(ours.actor_id, %(nobody)s)
    and date_trunc('milliseconds', former.occurred_at)
        = date_trunc('milliseconds', ours.occurred_at)
    and coalesce(former.text, '') = coalesce(ours.text, '')
    and (former.post_id is null or former.post_id = ours.post_id)
    """
)
_SAME_REACTION = sql.SQL(
    """
    former.native_type = 'reaction' and ours.native_type = 'reaction'
    and former.parent_id = ours.parent_id and former.actor_id = ours.actor_id
    and former.native_kind <> 'paid'  -- whose id has not changed
    and right(former.native_id, length(former.native_kind) + 1) = ':' || former.native_kind
    """
)
_OF_EXPORTER = """
    former.native_type = ours.native_type
    and coalesce(former.actor_id, '') = coalesce(ours.actor_id, '')
    and coalesce(former.thread_id, '') = coalesce(ours.thread_id, '')
    and coalesce(former.metadata::text, '') = coalesce(ours.metadata::text, '')
"""
_AT_ITS_TIME = sql.SQL(
    _OF_EXPORTER
    + """
    and former.occurred_at = ours.occurred_at
    and coalesce(former.text, '') = coalesce(ours.text, '')
    and (former.post_id is null or former.post_id = ours.post_id)
    """
)
_OF_ITS_POST = sql.SQL(  # likes and follows of X have no time
    _OF_EXPORTER
    + """
    and former.native_type in ('like', 'follow')
    and coalesce(former.post_id, '') = coalesce(ours.post_id, '')
    """
)
_SAME_LIKE = sql.SQL(  # a like is a reaction now; one that is taken back, too
    """
    former.native_id = 'like:' || substr(ours.native_id, length('reaction:') + 1)
    and starts_with(ours.native_id, 'reaction:')
    """
)
_SAME_ENTRY = sql.SQL(
    """
    former.native_type = ours.native_type and former.key_quality = 'derived'
    and former.occurred_at = ours.occurred_at
    and former.post_id is not distinct from ours.post_id
    and former.actor_kind is not distinct from ours.actor_kind
    and (former.actor_id is null or ours.actor_id is null or former.actor_id = ours.actor_id)
    and (
        (
            former.text is not distinct from ours.text
            and former.metadata is not distinct from ours.metadata
        )
        -- taken for each other, in a language whose labels were not known
        or '@' || former.text = ours.metadata ->> 'owner'
    )
    """
)
_STANDING, _ANY = sql.SQL("not ours.is_retracted"), sql.SQL("true")
DOWNLOADS = {
    "facebook_download_json": _SAME_ENTRY,
    "instagram_download_json": _SAME_ENTRY,
    "tiktok_download_json": _AT_ITS_TIME,
    "linkedin_comments_csv": _AT_ITS_TIME,
    "linkedin_reactions_csv": _AT_ITS_TIME,
    "x_archive_js": _OF_ITS_POST,
}
_COPIED = ("workspace_id", *Interaction.__struct_fields__)
_CHANGED = {
    "is_retracted": sql.SQL("true"),
    "version_at": sql.SQL("null"),  # as new as this load
    "payload": sql.SQL("null"),
}
_VALUES = sql.SQL(", ").join(
    _CHANGED.get(name) or sql.Identifier("former", name) for name in _COPIED
)
_RETRACT = sql.SQL(
    """
select distinct on (former.native_id) %(load_id)s, former.line_no, {values}
from raw.interactions as former
inner join raw.interactions as ours on {same}
where
    former.load_id = any(%(formers)s) and not former.is_retracted
    and ours.load_id = %(load_id)s and {counted}
    and former.native_id <> ours.native_id
    -- of equal records each may have an id that is still one
    and not exists (
        select 1 from raw.interactions as kept
        where kept.load_id = %(load_id)s and kept.native_id = former.native_id
    )
"""
)
