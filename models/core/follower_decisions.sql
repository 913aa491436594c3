with

decisions as (
    select * from {{ ref('stg_decisions') }}
),

pivoted as (
    select
        follower_id,
        coalesce(bool_or(decision = 'erased'), false) as is_erased,
        coalesce(bool_or(decision = 'opted_out'), false) as is_opted_out,
        coalesce(bool_or(decision = 'blocked'), false) as is_blocked,
        coalesce(bool_or(decision = 'staff'), false) as is_staff,
        coalesce(bool_or(decision = 'bot'), false) as is_declared_bot,
        coalesce(bool_or(decision = 'not_bot'), false) as is_declared_human
    from decisions
    group by follower_id
)

select * from pivoted
