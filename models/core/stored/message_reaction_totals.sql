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
        parent_id as message_id,
        {{ to_whole_number('sum(gross_sign)') }} as gross_reaction_count,
        {{ to_whole_number('sum(sign)') }} as reaction_count
    from ledger as ldg
    where
        interaction_type = 'reaction'
        and parent_id is not null
        and platform in (select plc.platform from places as plc where plc.is_community)
        and {{ is_unconsumed('run_seq') }}
        and {{ is_in_effect('ldg') }}
    group by parent_id
)

select * from sums
