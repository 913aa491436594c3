with

counters as (
    select * from {{ ref('current_counters') }}
),

posts as (
    select * from {{ ref('current_posts') }}
),

of_interactions as (
    select
        -- what was said has one native id, as an interaction and as a post
        ctr.post_id as interaction_id,
        ctr.workspace_id,
        ctr.platform,
        ctr.interaction_type,
        ctr.reported_count,
        ctr.observed_at as reported_at
    from counters as ctr
    -- inner: a loader that lands counters of a message describes it as a post, too
    inner join posts as pst on ctr.post_id = pst.post_id
    where {{ is_of_what_was_said('pst.native_type') }}
)

select * from of_interactions
