with

days as {{ not_materialized() }} (
    select * from {{ ref('community_days') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

first_days as (
    select * from {{ ref('community_first_days') }}
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
    -- laterals: what belongs to one day, so that a question about it reads no other
    inner join lateral (
        select min(fst.first_date) as first_date
        from first_days as fst
        where
            fst.workspace_id = dys.workspace_id
            and fst.platform = dys.platform
            and fst.community_id = dys.community_id
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
            where
                ear.workspace_id = wek.workspace_id
                and ear.platform = wek.platform
                and ear.community_id = wek.community_id
                and ear.activity_date = wek.activity_date
        ) as erl on true
        -- before its first day there was no community to be active in
        where wek.activity_date >= frs.first_date
    ) as wks on true
    -- left: a platform need not have said what it can tell
    left join unprovided as unp on dys.platform = unp.platform
)

select * from compared
