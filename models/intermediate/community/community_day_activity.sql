with

channels as (
    select * from {{ ref('community_channels') }}
),

totals as (
    select * from {{ ref('channel_member_daily_totals') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

active as (
    select
        ttl.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        {{ to_whole_number('sum(ttl.interaction_count)') }} as interaction_count,
        ttl.activity_date
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    where
        ttl.interaction_count > 0
        -- a placeholder is many who have gone: nobody that could be a member
        and ttl.follower_id not in (
            select exc.follower_id from excluded as exc
            where exc.is_placeholder
        )
    group by
        ttl.follower_id,
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        ttl.activity_date
)

select * from active
