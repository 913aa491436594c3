with

days as (
    select * from {{ ref('daily_totals') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

first_days as (
    select
        dys.workspace_id,
        dys.platform,
        stg.time_zone,
        min(dys.activity_date) as first_date,
        {{ local_date(as_of(), 'stg.time_zone') }} as today
    from days as dys
    -- inner: every workspace with an interaction has settings
    inner join settings as stg on dys.workspace_id = stg.workspace_id
    where dys.interaction_count > 0
    group by dys.workspace_id, dys.platform, stg.time_zone
)

select * from first_days
