{% set types = var('interaction_types') %}

with

totals as (
    select * from {{ ref('content_platform_totals') }}
),

counters as (
    select * from {{ ref('content_platform_counters') }}
),

rollup as (
    select
        ttl.content_id,
        ttl.workspace_id,
        ttl.platform,
        ttl.engagement_score,
        ttl.post_count,
        ttl.interaction_count,
        ttl.gross_interaction_count,
        {{ count_columns('ttl') }},
        {% for type in types -%}
        ctr.reported_{{ type }}_count,
        {% endfor -%}
        ttl.first_activity_at,
        ttl.last_activity_at
    from totals as ttl
    -- left: some platforms report nothing
    left join counters as ctr
        on ttl.content_id = ctr.content_id and ttl.platform = ctr.platform
)

select * from rollup
