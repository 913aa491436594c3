-- A union and no full join: a condition on the key reaches the index of either.
with

answers as (
    select * from {{ ref('answer_totals') }}
),

counters as (
    select * from {{ ref('interaction_counters') }}
),

told as (
    select
        answered_id as interaction_id,
        answer_count as reaction_count,
        {{ to_whole_number('null') }} as reported_reaction_count
    from answers
    where interaction_type = 'reaction' and answer_count > 0
    union all
    select
        interaction_id,
        0 as reaction_count,
        reported_count as reported_reaction_count
    from counters
    where interaction_type = 'reaction' and reported_count > 0
),

reaction_counts as (
    select
        interaction_id,
        {{ to_whole_number('sum(reaction_count)') }} as reaction_count,
        max(reported_reaction_count) as reported_reaction_count
    from told
    group by interaction_id
)

select * from reaction_counts
