-- The hours of a platform hold what its days hold of known hour. Its days hold no more
-- than the platform.
with

platforms as (
    select * from {{ ref('platform_totals') }}
),

days as (
    select * from {{ ref('daily_totals') }}
),

hours as (
    select * from {{ ref('hourly_totals') }}
),

of_days as (
    select
        workspace_id,
        platform,
        sum(interaction_count) as interaction_count,
        sum(gross_interaction_count) as gross_interaction_count,
        sum(timed_interaction_count) as timed_interaction_count
    from days
    group by workspace_id, platform
),

of_hours as (
    select
        workspace_id,
        platform,
        sum(interaction_count) as interaction_count
    from hours
    group by workspace_id, platform
),

compared as (
    select
        plt.workspace_id,
        plt.platform
    from platforms as plt
    -- left: some platforms give no times
    left join of_days as dys
        on plt.workspace_id = dys.workspace_id and plt.platform = dys.platform
    left join of_hours as hrs
        on plt.workspace_id = hrs.workspace_id and plt.platform = hrs.platform
    where
        coalesce(dys.timed_interaction_count, 0) <> coalesce(hrs.interaction_count, 0)
        or dys.interaction_count > plt.interaction_count
        or dys.gross_interaction_count > plt.gross_interaction_count
)

select * from compared
