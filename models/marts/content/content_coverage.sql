with

observed as (
    select * from {{ ref('observed_post_counts') }}
),

counters as (
    select * from {{ ref('current_counters') }}
),

contents as (
    select * from {{ ref('post_content') }}
),

described as (
    select * from {{ ref('current_posts') }}
),

compared as (
    select
        obs.post_id,
        obs.workspace_id,
        obs.platform,
        obs.platform_post_id as external_post_id,
        obs.interaction_type,
        obs.observed_count,
        ctr.reported_count,
        ctr.observed_at as reported_at
    from observed as obs
    -- left: most types have no counter
    left join counters as ctr
        on obs.post_id = ctr.post_id and obs.interaction_type = ctr.interaction_type
    where obs.observed_count > 0 or ctr.reported_count is not null
),

coverage as (
    select
        cnt.content_id,
        cmp.post_id,
        cmp.workspace_id,
        cmp.platform,
        cmp.external_post_id,
        cmp.interaction_type,
        cmp.observed_count,
        cmp.reported_count,
        {{ ratio('cmp.observed_count', 'cmp.reported_count') }} as coverage_rate,
        coalesce(dsc.is_removed, false) as is_removed,
        cmp.reported_at
    from compared as cmp
    -- left: a channel or an issue belongs to no content item
    left join contents as cnt on cmp.post_id = cnt.post_id
    -- left: a post need not have been described
    left join described as dsc on cmp.post_id = dsc.post_id
    where
        cnt.content_id is not null
        or not {{ is_of_what_was_said('dsc.native_type') }}
)

select * from coverage
