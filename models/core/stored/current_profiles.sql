{% set newest_first =
    'observed_at desc nulls last, run_seq desc, load_id desc, line_no desc' %}
{{
    config(
        incremental_strategy='keyed',
        unique_key=['follower_id'],
        meta={'gone_without': 'workspace_id'},
    )
}}
{% set is_stored = is_brought_forward() %}

with

deliveries as (
    select * from {{ ref('stg_profiles') }}
),

waiting as (  -- read where rows are brought forward -- noqa: ST03
    select * from {{ ref('profile_history') }}
),

-- imported once for each index: what is read twice is read whole and loses them
history as (
    select * from {{ ref('profile_history') }}
),

entries as (
    select * from {{ ref('interaction_ledger') }}
),

totals as (
    select * from {{ ref('follower_totals') }}
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
    {%- if is_stored %}
    union
    select follower_id
    from waiting
    where {{ has_become_due('observed_at', 'received_at') }}
    {%- endif %}
    union
    select act.follower_id
    from active as act
    {%- if is_stored %}
    -- left, lateral with a limit: an index look-up per key at any size
    left join lateral (
        select true as is_known
        from {{ this }} as sto
        where sto.follower_id = act.follower_id
        limit 1  -- one at most -- noqa: AM09
    ) as str on true
    -- who is there already stays as it is, unless interactions are taken away
    where act.has_lost or str.is_known is null
    {%- endif %}
),

described as (
    select
        tch.follower_id,
        dsc.*
    from touched as tch
    -- left, lateral: an index look-up per key at any size
    left join lateral (
        select
            hst.workspace_id,
            hst.platform,
            hst.platform_user_id,
            {{ last_known('actor_kind', newest_first) }} as actor_kind,
            {{ last_known('username', newest_first) }} as username,
            {{ last_known('display_name', newest_first) }} as display_name,
            {{ last_known('profile_url', newest_first) }} as profile_url,
            {{ last_known('follower_count', newest_first) }} as follower_count,
            {{ last_known('is_verified', newest_first) }} as is_verified,
            max(hst.observed_at) as observed_at,
            min(hst.received_at) as first_landed_at
        from history as hst
        where
            hst.follower_id = tch.follower_id
            and {{ is_observed('hst.observed_at', run_as_of()) }}
        group by hst.workspace_id, hst.platform, hst.platform_user_id
    ) as dsc on true
),

known as (
    select
        dsc.follower_id,
        coalesce(dsc.workspace_id, ttl.workspace_id) as workspace_id,
        coalesce(dsc.platform, ttl.platform) as platform,
        coalesce(dsc.platform_user_id, ttl.platform_user_id) as platform_user_id,
        dsc.actor_kind,
        dsc.username,
        dsc.display_name,
        dsc.profile_url,
        dsc.follower_count,
        dsc.is_verified,
        dsc.observed_at,
        dsc.first_landed_at
    from described as dsc
    -- left, lateral with a limit: an account may only have been described
    left join lateral (
        select
            tot.workspace_id,
            tot.platform,
            tot.platform_user_id
        from totals as tot
        where tot.follower_id = dsc.follower_id
        limit 1  -- one at most -- noqa: AM09
    ) as ttl on true
    where {{ is_there_or_gone('coalesce(dsc.workspace_id, ttl.workspace_id)') }}
)

select * from known
