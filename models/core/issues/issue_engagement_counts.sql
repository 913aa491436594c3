{% set newest_first =
    'occurred_at desc nulls last, received_at desc, interaction_id desc' %}

with

interactions as (
    select * from {{ ref('issue_interactions') }}
),

issues as (
    select * from {{ ref('tracked_issues') }}
),

known_issues as (
    select * from {{ ref('tracked_issues') }}
),

teams as (
    select * from {{ ref('issue_teams') }}
),

named as (
    select
        itr.interaction_id,
        itr.follower_id,
        itr.workspace_id,
        itr.platform,
        nam.issue_reference,
        itr.engagement_type,
        itr.context,
        nam.is_tracked,
        itr.occurred_at,
        itr.received_at
    from interactions as itr
    -- left: what a text names need not be known to a tracker
    left join issues as iss on itr.post_id = iss.post_id
    inner join lateral (
        select
            coalesce(iss.issue_reference, itr.post_reference) as issue_reference,
            iss.post_id is not null as is_tracked
        union
        select
            txt.issue_reference,
            false as is_tracked
        from {{ json_texts('itr.text_references') }} as txt (issue_reference)
    ) as nam on true
),

recognised as (
    select nmd.*
    from named as nmd
    where
        nmd.issue_reference is not null
        and (
            nmd.is_tracked
            or nmd.workspace_id not in (select tms.workspace_id from teams as tms)
            or (nmd.workspace_id, split_part(nmd.issue_reference, '-', 1)) in (
                select
                    tms.workspace_id,
                    tms.team_key
                from teams as tms
            )
        )
),

counted as (
    select
        follower_id,
        workspace_id,
        platform,
        issue_reference,
        {{ value_of_first('engagement_type', newest_first) }} as last_interaction_type,
        {{ value_of_first('context', newest_first) }} as context,
        count(distinct interaction_id) as interaction_count,
        count(distinct interaction_id) filter (
            where engagement_type = 'query'
        ) as query_count,
        count(distinct interaction_id) filter (
            where engagement_type = 'view'
        ) as view_count,
        count(distinct interaction_id) filter (
            where engagement_type = 'mention'
        ) as mention_count,
        min(occurred_at) as first_interaction,
        max(occurred_at) as last_interaction
    from recognised
    group by follower_id, workspace_id, platform, issue_reference
),

identified as (
    select
        cnt.follower_id,
        cnt.workspace_id,
        cnt.platform,
        cnt.issue_reference,
        iss.linear_id,
        cnt.last_interaction_type,
        cnt.context,
        cnt.interaction_count,
        cnt.query_count,
        cnt.view_count,
        cnt.mention_count,
        cnt.first_interaction,
        cnt.last_interaction
    from counted as cnt
    -- lateral: one look-up per issue, which two trackers may call the same
    left join lateral (
        select min(kwn.linear_id) as linear_id
        from known_issues as kwn
        where
            kwn.workspace_id = cnt.workspace_id
            and kwn.issue_reference = cnt.issue_reference
    ) as iss on true
)

select * from identified
