-- The stored totals of a follower are what a recount of its entries in effect gives.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

-- imported once for each index: what is read twice is read whole and loses them
standing as (
    select * from {{ ref('interaction_ledger') }}
),

reversals as (
    select * from {{ ref('interaction_ledger') }}
),

replaced as (
    select * from {{ ref('interaction_ledger') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
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
        {{ to_whole_number('sum(gross_sign)') }} as gross_interaction_count,
        {{ to_whole_number('sum(sign)') }} as interaction_count,
        {{ sums_per_type('sign') }},
        min(occurred_at) filter (where sign > 0) as first_at,
        max(occurred_at) filter (where sign > 0) as last_at
    from in_effect
    group by follower_id
),

stored as (
    select
        ttl.follower_id,
        ttl.gross_interaction_count,
        ttl.interaction_count,
        {{ count_columns('ttl') }},
        ttl.first_at,
        ttl.last_at
    from touched as tch
    -- inner: nothing in effect, no row
    inner join totals as ttl on tch.follower_id = ttl.follower_id
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
