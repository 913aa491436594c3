{% set types = var('interaction_types') %}

with

totals as (
    select * from {{ ref('content_platform_totals') }}
),

rollup as (
    select
        ttl.content_id,
        ttl.workspace_id,
        ttl.platform,
        ttl.engagement_score,
        ttl.post_count,
        ttl.removed_post_count,
        ttl.interaction_count,
        ttl.gross_interaction_count,
        {{ count_columns('ttl') }},
        {% for type in types -%}
        ttl.reported_{{ type }}_count,
        ttl.reported_{{ type }}_post_count,
        greatest(ttl.{{ type }}_count, ttl.reported_{{ type }}_count)
            as best_{{ type }}_count,
        {% endfor -%}
        ttl.first_activity_at,
        ttl.last_activity_at
    from totals as ttl
)

select * from rollup
