{% set types = var('interaction_types') %}

with

totals as {{ not_materialized() }} (
    select * from {{ ref('post_totals') }}
),

counters as (
    select * from {{ ref('current_counters') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
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
    cross join lateral (  -- noqa: ST05
        {% for type in types -%}
        select
            '{{ type }}' as interaction_type,
            prv.{{ type }}_count as observed_count
        {{ 'union all' if not loop.last }}
        {% endfor -%}
    ) as per
)

select * from observed
