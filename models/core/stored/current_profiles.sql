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
{#- who is there already stays as it is, unless interactions are taken away -#}
{% set is_news =
    '(str.follower_id is null or ldg.gross_sign < 0)' if is_stored else 'true' %}

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
    select ldg.follower_id
    from entries as ldg
    {%- if is_stored %}
    -- left: it may be new
    left join {{ this }} as str on ldg.follower_id = str.follower_id
    {%- endif %}
    where
        ldg.follower_id is not null
        and {{ is_unconsumed('ldg') }}
        and {{ is_news }}
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
    -- left: an account may only have been described
    left join totals as ttl on dsc.follower_id = ttl.follower_id
    where {{ is_there_or_gone('coalesce(dsc.workspace_id, ttl.workspace_id)') }}
)

select * from known
