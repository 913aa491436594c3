with

channels as {{ not_materialized() }} (
    select * from {{ ref('community_channels') }}
),

totals as {{ not_materialized() }} (
    select * from {{ ref('channel_hourly_totals') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

days as {{ not_materialized() }} (
    select
        chn.workspace_id,
        chn.platform,
        chn.community_id,
        max({{ bytewise('chn.community_name') }}) as community_name,
        {% for column in community_added_columns() -%}
        {{ to_whole_number('sum(ttl.' ~ column ~ ')') }} as {{ column }},
        {% endfor -%}
        ttl.activity_date
    from totals as ttl
    inner join channels as chn on ttl.post_id = chn.post_id
    group by chn.workspace_id, chn.platform, chn.community_id, ttl.activity_date
),

compared as (
    select
        dys.workspace_id,
        dys.platform,
        dys.community_id,
        dys.community_name,
        dys.gross_interaction_count,
        dys.interaction_count,
        {% for type in community_types() -%}
        {% for prefix in ['', 'gross_'] -%}
        case
            when
                dys.{{ prefix }}{{ type }}_count > 0
                or not coalesce(
                    unp.is_{{ type }}_unprovided or unp.is_{{ type }}_untimed, false
                )
                then dys.{{ prefix }}{{ type }}_count
        end as {{ prefix }}{{ type }}_count,
        {% endfor -%}
        {% endfor -%}
        dys.activity_date,
        {{ rounded('wks.median', 1) }} as baseline_interaction_count
    from days as dys
    -- laterals: a few days and channels of one community, by index; a question about
    -- one day reads no others
    inner join lateral (
        select min(fst.first_date) as first_date
        from channels as chn
        inner join lateral (
            select min(ttl.activity_date) as first_date
            from totals as ttl
            where ttl.post_id = chn.post_id and ttl.interaction_count > 0
        ) as fst on true
        where
            chn.workspace_id = dys.workspace_id
            and chn.platform = dys.platform
            and chn.community_id = dys.community_id
    ) as frs on true
    inner join lateral (  -- noqa: ST05
        select percentile_cont(0.5) within group (order by erl.total) as median
        from (
            select
                dys.workspace_id,
                dys.platform,
                dys.community_id,
                {{ weeks_after('dys.activity_date', '-num.number') }} as activity_date
            from {{ numbers(1, var('community_baseline_weeks')) }} as num (number)
        ) as wek
        inner join lateral (
            -- a week without activity is one of the eight
            select {{ to_whole_number('coalesce(sum(ear.interaction_count), 0)') }}
                as total
            from days as ear
            where {{ is_of_same_day('ear', 'wek') }}
        ) as erl on true
        -- before its first day there was no community to be active in
        where wek.activity_date >= frs.first_date
    ) as wks on true
    -- left: a platform need not have said what it can tell
    left join unprovided as unp on dys.platform = unp.platform
)

select * from compared
