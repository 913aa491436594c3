"""What a later export takes back by not naming it any more.

Source: the loads of one channel, of formats that list who reacted (`Format.lists_reactions`).
Shape:  retractions of reactions that an older export names and a newer one does not, landed
        with whichever of the two comes later. They hold from the time of the newer export.
Units:  only messages that are in both exports, and whose reactions the newer one lists all:
        as many accounts are named as it counts. Compared are the NEAREST exports.
Errors: those of the sink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from loaders.records import Interaction

if TYPE_CHECKING:
    from loaders.landing.sinks import Sink

NEAREST = 3  # older and newer exports of the channel that a load is compared with


def retract(sink: Sink, load_id: int) -> None:
    """Land what this load and its neighbours prove about each other."""
    values = {"load_id": load_id, "nearest": NEAREST}
    neighbours = [found for (found,) in sink.select(_NEIGHBOURS, values)]
    if neighbours:
        sink.add(_RETRACT, values, [*neighbours, load_id])


_COPIED = ("workspace_id", *Interaction.__struct_fields__)
_CHANGED = {
    "is_retracted": sql.SQL("true"),
    "version_at": sql.SQL("newer_at"),
    "payload": sql.SQL("null"),
}
_PAIRS = sql.SQL(
    """
with channel as (
    select workspace_id, platform, post_id, observed_at from raw.posts
    where load_id = %(load_id)s and observed_at is not null
    and native_type is distinct from 'message'
    limit 1
),
others as (
    select pst.load_id, pst.observed_at, pst.observed_at > chn.observed_at as is_newer,
        row_number() over (
            partition by pst.observed_at > chn.observed_at
            order by abs(extract(epoch from pst.observed_at - chn.observed_at)), pst.load_id
        ) as place
    from channel as chn
    inner join raw.posts as pst using (workspace_id, platform, post_id)
    where pst.platform = 'discord' and pst.native_type is distinct from 'message'
    and pst.load_id <> %(load_id)s and pst.observed_at <> chn.observed_at
),
pairs as (
    select
        case when is_newer then %(load_id)s else oth.load_id end as older_id,
        case when is_newer then oth.load_id else %(load_id)s end as newer_id,
        greatest(oth.observed_at, chn.observed_at) as newer_at
    from others as oth cross join channel as chn
    where place <= %(nearest)s
)
"""
)
_NEIGHBOURS = _PAIRS + sql.SQL(
    "select older_id from pairs where older_id <> %(load_id)s"
    " union select newer_id from pairs where newer_id <> %(load_id)s"
)
_RETRACT = _PAIRS + sql.SQL(
    """
, said as (
    select prs.newer_id, itr.native_id, itr.parent_id,
        itr.native_type = 'reaction' as is_reaction
    from (select distinct newer_id from pairs) as prs
    inner join raw.interactions as itr on prs.newer_id = itr.load_id
    where not itr.is_retracted and itr.native_type <> 'mention'
),
counted as (
    select prs.newer_id, cnt.post_id, sum(cnt.value) as reaction_count
    from (select distinct newer_id from pairs) as prs
    inner join raw.counters as cnt on prs.newer_id = cnt.load_id
    group by prs.newer_id, cnt.post_id
),
listed as (
    select msg.newer_id, msg.native_id
    from said as msg
    left join said as named
        on msg.newer_id = named.newer_id and msg.native_id = named.parent_id
        and named.is_reaction
    left join counted as cnt on msg.newer_id = cnt.newer_id and msg.native_id = cnt.post_id
    where not msg.is_reaction
    group by msg.newer_id, msg.native_id, cnt.reaction_count
    having count(named.native_id) = coalesce(cnt.reaction_count, 0)
)
select %(load_id)s, line_no, {values}
from pairs as prs
inner join raw.interactions as former on prs.older_id = former.load_id
inner join listed as lst
    on prs.newer_id = lst.newer_id and former.parent_id = lst.native_id
where former.native_type = 'reaction' and former.actor_id is not null
and not former.is_retracted and not exists (
    select 1 from said where said.newer_id = prs.newer_id and said.native_id = former.native_id
)
"""
).format(
    values=sql.SQL(", ").join(
        _CHANGED.get(name) or sql.Identifier("former", name) for name in _COPIED
    ),
)
