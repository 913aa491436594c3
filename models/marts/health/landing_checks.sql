with

checks as (
    select * from {{ source('raw', 'landing_checks') }}
),

judged as (
    select
        workspace_id,
        platform,
        format,
        case
            when critical_count > 0 then 'critical'
            when problem_count > 0 then 'warning'
            else 'passed'
        end as result,
        problems,
        record_count,
        problem_count,
        is_held,
        checked_at
    from checks
)

select * from judged
