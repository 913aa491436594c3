{% set types = var('interaction_types') %}

with

totals as (
    select * from {{ ref('post_totals_in_effect') }}
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

provided as (
    select
        ttl.post_id,
        ttl.workspace_id,
        ttl.platform,
        ttl.platform_post_id,
        {{ provided_counts('ttl', 'unp') }}
    from totals as ttl
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on ttl.platform = unp.platform
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
        coalesce(obs.post_id, ctr.post_id) as post_id,
        coalesce(obs.workspace_id, ctr.workspace_id) as workspace_id,
        coalesce(obs.platform, ctr.platform) as platform,
        coalesce(obs.platform_post_id, ctr.platform_post_id) as external_post_id,
        coalesce(obs.interaction_type, ctr.interaction_type) as interaction_type,
        obs.observed_count,
        ctr.reported_count,
        ctr.observed_at as reported_at
    from observed as obs
    -- full: people without a counter, a counter without people
    full join counters as ctr
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
