{% set types = var('interaction_types') %}

with

totals as (
    select * from {{ ref('post_totals') }}
),

counters as (
    select * from {{ ref('current_counters') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

contents as (
    select * from {{ ref('post_content') }}
),

posts as (
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id
    from totals
    union
    select
        post_id,
        workspace_id,
        platform,
        platform_post_id
    from counters
),

provided as (
    select
        pst.post_id,
        pst.workspace_id,
        pst.platform,
        pst.platform_post_id,
        {{ provided_counts('ttl', 'unp') }}
    from posts as pst
    -- left: a post may have counters and no people
    left join totals as ttl on pst.post_id = ttl.post_id
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on pst.platform = unp.platform
),

observed as (
    select
        prv.post_id,
        prv.workspace_id,
        prv.platform,
        prv.platform_post_id,
        per.interaction_type,
        per.observed_count
    from provided as prv
    cross join lateral (
        values
        {% for type in types -%}
        ('{{ type }}', prv.{{ type }}_count){{ ',' if not loop.last }}
        {% endfor -%}
    ) as per (interaction_type, observed_count)
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
        cmp.reported_at
    from compared as cmp
    -- left: a channel or an issue belongs to no content item
    left join contents as cnt on cmp.post_id = cnt.post_id
)

select * from coverage
