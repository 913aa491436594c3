{{
    config(
        incremental_strategy='ledger',
        indexes=[
            {'columns': ['run_seq']},
            {'columns': ['follower_id', 'occurred_at']},
            {'columns': ['post_id', 'occurred_at']},
        ],
        meta={'seeds': 'interaction_type_mappings', 'on_fingerprint_change': 'correct'},
    )
}}
{% set facts = identity_columns() + version_columns() %}
{% set of_row = ['load_id', 'line_no', 'run_seq'] %}
{% set of_state = ['archive_id', 'quantity'] + of_row + facts + version_times() %}
{% set of_end = version_times()[1:] + known_columns() %}

with

deliveries as (
    select * from {{ ref('stg_interactions') }}
    where {{ is_in_unconsumed_load('load_id') }}
),

mappings as (
    select * from {{ ref('interaction_type_mappings') }}
),

archived as (
    select * from {{ ref('archived_entries') }}
),

held as {{ not_materialized() if not is_incremental() }} (
    {{ held_states() }}
),

versions as (
    {{ known_versions() }}
),

identified as (
    {{ identified_versions() }}
),

states as (
    {{ states_of_versions() }}
),

implied as {{ not_materialized() if not is_incremental() }} (
    select
        interaction_id, workspace_id, platform,
        {{ (of_state + known_columns()) | join(', ') }},
        case
            when state_no = 1 then occurred_at else greatest(held_from, occurred_at)
        end as effective_at,
        {% for column in of_row -%}
        lead({{ column }}) over later as ended_by_{{ column }},
        {% endfor -%}
        lead(greatest(held_from, occurred_at)) over later as ended_at
    from states
    where is_changed
    window later as (partition by interaction_id order by state_no)
),

-- implied and posted: the same state of the same version
pairs as (
    select
        imp.interaction_id,
        imp.version_at,
        imp.version_received_at,
        {{ columns_of('hld', of_row) }},
        (
            ({{ columns_of('imp', facts + ['quantity', 'effective_at']) }})
            is not distinct from
            ({{ columns_of('hld', facts + ['gross_sign', 'effective_at']) }})
        ) as is_kept,
        (
            ({{ columns_of('imp', of_end + ['ended_at']) }})
            is distinct from
            ({{ columns_of('hld', of_end + ['ended_at']) }})
        ) as is_changed,
        (imp.ended_at is distinct from hld.ended_at) as is_end_moved
    from implied as imp
    inner join held as hld on {{ is_same_version('imp', 'hld') }}
),

compared as (
    {{ implied_and_posted(of_row) }}
),

-- the difference between what all versions imply and what is posted
entries as (
    {{ ledger_entries() }}
    union all
    -- archives are rows of a first build
    select {{ columns_of('arc', ledger_columns()) }}
    from archived as arc
    where {{ not is_incremental() }}
)

select * from entries
