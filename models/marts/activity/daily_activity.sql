with

platforms as (
    select * from {{ ref('platform_first_days') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

excluded as (
    select * from {{ ref('excluded_accounts') }}
),

arrivals as (
    select * from {{ ref('follower_arrivals') }}
),

unprovided as (
    select * from {{ ref('unprovided_metrics') }}
),

days as (
    select distinct
        plt.workspace_id,
        plt.time_zone,
        plt.today,
        {{ days_after('plt.first_date', 'num.number') }} as activity_date
    from platforms as plt
    cross join {{ numbers(0, days_between('plt.first_date', 'plt.today')) }}
        as num (number)
),

counted as (
    select
        dys.workspace_id,
        don.*,
        dys.activity_date < dys.today as is_complete,
        dys.activity_date
    from days as dys
    -- lateral: what happened on one day, by index; a question about it reads no other
    cross join lateral (
        select
            plt.platform,
            {{ to_whole_number('coalesce(sum(itr.sign), 0)') }} as interaction_count,
            {{ sums_per_type('itr.sign') }},
            count(distinct itr.follower_id) filter (where exc.follower_id is null)
                as active_follower_count
        from platforms as plt
        -- left: a day without an interaction is a row with 0
        left join interactions as itr
            on
                plt.workspace_id = itr.workspace_id
                and plt.platform = itr.platform
                and itr.sign > 0
                and {{ is_on_local_day(
                    'itr.occurred_at', 'dys.activity_date', 'dys.time_zone'
                ) }}
        -- left: most accounts are eligible
        left join excluded as exc on itr.follower_id = exc.follower_id
        where
            plt.workspace_id = dys.workspace_id
            and plt.first_date <= dys.activity_date
        group by plt.platform
    ) as don
),

activity as (
    select
        cnt.workspace_id,
        cnt.platform,
        {{ engagement_score('cnt') }} as points,
        cnt.interaction_count,
        {{ provided_day_counts('cnt', 'unp') }},
        cnt.active_follower_count,
        coalesce(arr.new_follower_count, 0) as new_follower_count,
        cnt.is_complete,
        cnt.activity_date
    from counted as cnt
    -- left: on most days nobody is new
    left join arrivals as arr
        on
            cnt.workspace_id = arr.workspace_id
            and cnt.platform = arr.platform
            and cnt.activity_date = arr.first_date
    -- left: nothing is known of what some platforms provide
    left join unprovided as unp on cnt.platform = unp.platform
)

select * from activity
