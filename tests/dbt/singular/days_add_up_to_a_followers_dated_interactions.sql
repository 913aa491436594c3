-- The days of a follower hold all of its standing interactions whose time is known.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

-- imported once more: what is read twice is read whole and loses its indexes
standing as (
    select * from {{ ref('interaction_ledger') }}
),

days as (
    select * from {{ ref('follower_daily_totals') }}
),

touched as (
    select distinct follower_id
    from entries
    where follower_id is not null and {{ is_newly_posted('run_seq') }}
),

recounted as (
    select
        tch.follower_id,
        count(ldg.occurred_at) as interaction_count
    from touched as tch
    -- left: everything may have been retracted
    left join standing as ldg
        on tch.follower_id = ldg.follower_id and ldg.is_standing and ldg.sign = 1
    group by tch.follower_id
),

stored as (
    select
        tch.follower_id,
        {{ to_whole_number('coalesce(sum(dys.interaction_count), 0)') }}
            as interaction_count
    from touched as tch
    -- left: without a known time there is no day
    left join days as dys on tch.follower_id = dys.follower_id
    group by tch.follower_id
)

select * from recounted
except
select * from stored
