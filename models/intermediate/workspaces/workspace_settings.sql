with

loads as (
    select * from {{ ref('stg_loads') }}
),

configured as (
    select * from {{ ref('workspaces') }}
),

observed as (
    select distinct workspace_id from loads
),

workspaces as (
    select
        obs.workspace_id,
        coalesce(cfg.time_zone, 'UTC') as time_zone,
        coalesce(cfg.first_weekday, 1) as first_weekday
    from observed as obs
    -- left: a workspace that nobody configured has the defaults
    left join configured as cfg on obs.workspace_id = cfg.workspace_id
)

select * from workspaces
