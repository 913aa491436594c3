-- The stored totals of a post are what a recount of its standing entries gives.
with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

-- imported once more: what is read twice is read whole and loses its indexes
standing as (
    select * from {{ ref('interaction_ledger') }}
),

totals as (
    select * from {{ ref('post_totals') }}
),

touched as (
    select distinct post_id
    from entries
    where post_id is not null and {{ is_newly_posted('run_seq') }}
),

recounted as (
    select
        tch.post_id,
        count(ldg.interaction_id) as interaction_count,
        {{ sums_per_type('ldg.sign') }},
        min(ldg.occurred_at) as first_at,
        max(ldg.occurred_at) as last_at
    from touched as tch
    -- left: everything may have been retracted
    left join standing as ldg
        on tch.post_id = ldg.post_id and ldg.is_standing and ldg.sign = 1
    group by tch.post_id
),

stored as (
    select
        ttl.post_id,
        ttl.interaction_count,
        {{ count_columns('ttl') }},
        ttl.first_at,
        ttl.last_at
    from totals as ttl
)

select * from recounted
except
select * from stored
