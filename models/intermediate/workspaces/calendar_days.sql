with

totals as (
    select * from {{ ref('daily_totals') }}
),

limits as (
    select
        min(activity_date) as first_date,
        -- tomorrow: somewhere it has begun
        {{ days_after(local_date(as_of(), "'UTC'"), 1) }} as last_date
    from totals
),

days as (
    select {{ days_after('lmt.first_date', 'num.number') }} as calendar_date
    from limits as lmt
    cross join lateral {{ numbers(0, days_between('lmt.first_date', 'lmt.last_date')) }}
        as num (number)
)

select * from days
