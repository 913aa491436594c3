-- The days of a follower hold all of its interactions in effect whose time is known.
with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

days as (
    select * from {{ ref('follower_daily_totals') }}
),

counts as (
    select * from {{ ref('follower_totals') }}
),

touched as (
    {{ recounted_keys('follower_id') }}
),

in_effect as (
    {{ touched_in_effect('follower_id') }}
),

recounted as (
    select
        follower_id,
        {{ to_whole_number('sum(sign)') }} as interaction_count
    from in_effect
    where occurred_at is not null
    group by follower_id
),

stored as (
    select
        tch.follower_id,
        {{ to_whole_number('sum(dys.interaction_count)') }} as interaction_count
    from touched as tch
    -- inner: without a known time there is no day
    inner join days as dys on tch.follower_id = dys.follower_id
    group by tch.follower_id
),

missing as (
    select * from recounted
    except
    select * from stored
),

unexpected as (
    select * from stored
    except
    select * from recounted
)

select follower_id from missing
union all
select follower_id from unexpected
