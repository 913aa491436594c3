{% set newest = 'coalesce(hst.observed_at, hst.received_at) desc nulls last, ' %}
{% set texts = ['actor_kind', 'username', 'display_name', 'profile_url'] %}
{% set numbers = ['follower_count', 'is_verified'] %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={'delete_when_null': 'workspace_id'},
    )
}}

with

deliveries as (
    select * from {{ ref('stg_profiles') }}
),

history as {{ not_materialized() }} (
    select * from {{ ref('profile_history') }}
),

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

active as (
    select
        ldg.follower_id,
        bool_or(ldg.gross_sign < 0) as has_lost
    from entries as ldg
    where ldg.follower_id is not null and {{ is_unconsumed('ldg') }}
    group by ldg.follower_id
),

touched as (
    select follower_id
    from deliveries
    where {{ is_in_unconsumed_load('load_id') }}
    union
    {% if is_incremental() -%}
    select follower_id
    from history
    where {{ has_become_due('observed_at', 'received_at') }}
    union
    select act.follower_id
    from active as act
    -- left, lateral: an index look-up per key
    left join lateral (
        select true as is_known
        from {{ this }} as sto
        where sto.follower_id = act.follower_id
        {{ at_most_one() }}
    ) as str on true
    -- who is there already stays as it is, unless interactions are taken away
    where act.has_lost or str.is_known is null
    {%- else -%}
    select follower_id from active
    {%- endif %}
),

known as (
    select
        tch.follower_id,
        {% for column in ['workspace_id', 'platform', 'platform_user_id'] -%}
        coalesce(dsc.{{ column }}, act.{{ column }}) as {{ column }},
        {% endfor -%}
        {{ columns_of('dsc', texts + numbers) }},
        dsc.observed_at,
        dsc.first_landed_at
    from touched as tch
    -- left, lateral: an index look-up per key
    left join lateral (
        select
            hst.workspace_id,
            hst.platform,
            hst.platform_user_id,
            {% for text in texts -%}
            {{ last_known(text, newest ~ greater_text(text)) }} as {{ text }},
            {% endfor -%}
            {% for number in numbers -%}
            {{ last_known(number, newest ~ number ~ ' desc') }} as {{ number }},
            {% endfor -%}
            max(hst.observed_at) as observed_at,
            min(hst.received_at) as first_landed_at
        from history as hst
        where
            hst.follower_id = tch.follower_id
            and {{ is_observed('hst.observed_at', run_as_of()) }}
        group by hst.workspace_id, hst.platform, hst.platform_user_id
    ) as dsc on true
    -- left, lateral: an index look-up for who has only acted
    left join lateral (
        {{ identity_in_effect(
            'entries', 'tch.follower_id', 'dsc.workspace_id is null'
        ) }}
    ) as act on true
    where {{ is_there_or_gone('coalesce(dsc.workspace_id, act.workspace_id)') }}
)

select * from known
