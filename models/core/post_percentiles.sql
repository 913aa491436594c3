{% set window_start = days_before('scr.posted_at', var('normalisation_window_days')) %}

with

posts as (
    select * from {{ ref('current_posts') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

scored as (
    select
        pst.post_id,
        pst.workspace_id,
        pst.platform,
        {{ engagement_score('ttl') }} as engagement_score,
        pst.posted_at
    from posts as pst
    -- left: a post that nobody has touched scores 0
    left join totals as ttl on pst.post_id = ttl.post_id
    where pst.posted_at is not null
),

compared as (
    select
        scr.post_id,
        scr.workspace_id,
        scr.platform,
        pee.peer_count,
        case
            when pee.peer_count >= {{ var('normalisation_minimum_posts') }}
                then {{ ratio('pee.no_better_count', 'pee.peer_count') }}
        end as percentile
    from scored as scr
    cross join lateral (
        select
            count(*) as peer_count,
            count(*) filter (
                where oth.engagement_score <= scr.engagement_score
            ) as no_better_count
        from scored as oth
        where
            oth.workspace_id = scr.workspace_id
            and oth.platform = scr.platform
            and oth.posted_at <= scr.posted_at
            and oth.posted_at > {{ window_start }}
    ) as pee
)

select * from compared
