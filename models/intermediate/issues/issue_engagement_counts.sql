{% set newest_first =
    'occurred_at desc nulls last, received_at desc, interaction_id desc' %}

with

interactions as {{ not_materialized() }} (
    select * from {{ ref('issue_interactions') }}
),

issues as {{ not_materialized() }} (
    select * from {{ ref('tracked_issues') }}
),

teams as (
    select * from {{ ref('issue_teams') }}
),

named as (
    select
        itr.*,
        coalesce(iss.issue_reference, itr.post_reference) as issue_reference,
        iss.post_id is not null as is_tracked
    from interactions as itr
    -- left: what a text names need not be known to a tracker
    left join issues as iss on itr.post_id = iss.post_id
    union all
    select
        itr.*,
        txt.issue_reference,
        false as is_tracked
    from interactions as itr
    cross join lateral {{ json_texts('itr.text_references') }} as txt (issue_reference)
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
        rcg.follower_id,
        rcg.workspace_id,
        rcg.platform,
        rcg.issue_reference,
        {{ value_of_first('rcg.engagement_type', newest_first) }}
            as last_interaction_type,
        {{ value_of_first('rcg.context', newest_first) }} as context,
        count(distinct rcg.interaction_id) as interaction_count,
        {% for type in ['query', 'view', 'mention'] -%}
        count(distinct rcg.interaction_id) filter (
            where rcg.engagement_type = '{{ type }}'
        ) as {{ type }}_count,
        {% endfor -%}
        min(rcg.occurred_at) as first_interaction,
        max(rcg.occurred_at) as last_interaction
    from recognised as rcg
    group by rcg.follower_id, rcg.workspace_id, rcg.platform, rcg.issue_reference
),

linked as (
    select
        cnt.*,
        -- one look-up per issue, which two trackers may call the same
        (
            select min(iss.linear_id)
            from issues as iss
            where
                iss.workspace_id = cnt.workspace_id
                and iss.issue_reference = cnt.issue_reference
        ) as linear_id
    from counted as cnt
)

select * from linked
