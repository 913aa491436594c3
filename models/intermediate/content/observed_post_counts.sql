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
        typ.interaction_type,
        case typ.interaction_type
            {% for type in types -%}
            when '{{ type }}' then prv.{{ type }}_count
            {% endfor %}
        end as observed_count
    from provided as prv
    cross join (
        values
        {% for type in types -%}
        ('{{ type }}'){{ ',' if not loop.last }}
        {% endfor -%}
    ) as typ (interaction_type)
)

select * from observed
