with

cohort_members as (
    select * from {{ ref('cohort_members') }}
),

scores as (
    select * from {{ ref('follower_engagement_scores') }}
),

cohorts as (
    select
        mbr.workspace_id,
        mbr.platform,
        count(*) as follower_count,
        count(*) filter (where scr.is_eligible) as eligible_follower_count,
        count(*) filter (
            where scr.activity_state in ('new', 'returning', 'resurrected')
        ) as active_30d,
        count(*) filter (where scr.engagement_tier = 'super_fan') as super_fans,
        mbr.cohort_week
    from cohort_members as mbr
    -- inner: every follower has a score
    inner join scores as scr on mbr.follower_id = scr.follower_id
    group by mbr.workspace_id, mbr.platform, mbr.cohort_week
)

select * from cohorts
