{{
    config(
        incremental_strategy='keyed',
        unique_key=['interaction_id'],
        indexes=[{'columns': ['follower_id']}],
        meta={'delete_when_null': 'follower_id', 'seeds': 'issue_trackers'},
    )
}}

{% set is_about_its_post = "itr.interaction_type in ('query', 'view', 'mention')" %}
{% set whole_id = "'^" ~ issue_pattern() ~ "$'" %}

with

entries as {{ not_materialized() }} (
    select * from {{ ref('interaction_ledger') }}
),

trackers as (
    select * from {{ ref('issue_trackers') }}
),

-- what was about an issue before is among them by its reversal
touched as (
    select distinct ldg.interaction_id
    from entries as ldg
    where
        ldg.follower_id is not null
        and {{ is_about_an_issue('ldg', 'trackers') }}
        and {{ is_unconsumed('ldg') }}
),

described as (
    select
        tch.interaction_id,
        itr.follower_id,
        case when {{ is_about_its_post }} then itr.post_id end as post_id,
        itr.workspace_id,
        itr.platform,
        case
            when itr.interaction_type in ('query', 'view') then itr.interaction_type
            else 'mention'
        end as engagement_type,
        case
            when {{ is_about_its_post }}
                then {{ first_in_text('itr.platform_post_id', whole_id) }}
        end as post_reference,
        ids.text_references,
        {{ first_characters('itr.text', var('issue_context_length')) }} as context,
        itr.occurred_at,
        itr.received_at
    from touched as tch
    -- laterals: the entry by its index, and what its text names.
    -- left: what is about no issue any more leaves the table
    left join lateral (
        {{ state_in_effect(
            'entries', 'tch.interaction_id', is_about_an_issue('ent', 'trackers')
        ) }}
    ) as itr on true
    inner join lateral (
        select {{ json_list('fnd.found', 'fnd.found') }} as text_references
        from {{ found_in_text('itr.text', issue_pattern()) }} as fnd
        where itr.interaction_type not in ('view', 'mention')
    ) as ids on true
    where {{ is_there_or_gone('itr.follower_id') }}
)

select * from described
