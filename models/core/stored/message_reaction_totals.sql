{{
    config(
        incremental_strategy='additive',
        unique_key=['message_id'],
        meta={
            'added': ['gross_reaction_count', 'reaction_count'],
            'basis': 'community_places',
        },
    )
}}

with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

places as (
    select * from {{ ref('community_places') }}
),

sums as (
    select
        ldg.parent_id as message_id,
        {{ to_whole_number('sum(ldg.gross_sign)') }} as gross_reaction_count,
        {{ to_whole_number('sum(ldg.sign)') }} as reaction_count
    from ledger as ldg
    where
        ldg.interaction_type = 'reaction'
        and ldg.parent_id is not null
        and {{ is_on_community_platform('ldg', 'places') }}
        and {{ is_unconsumed('ldg') }}
    group by ldg.parent_id
    having {{ is_worth_a_row('sum(ldg.gross_sign)') }}
)

select * from sums
