{{
    config(
        incremental_strategy='keyed',
        unique_key=['interaction_id'],
        indexes=[{'columns': ['follower_id']}],
        meta={'delete_when_null': 'follower_id', 'seeds': 'issue_trackers'},
    )
}}

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

about_issues as (
    select
        itr.*,
        itr.interaction_type in ('query', 'view', 'mention') as is_about_its_post,
        coalesce(itr.interaction_type not in ('view', 'mention'), false) as is_read
    from entries as itr
    where
        itr.sign = 1
        and {{ holds_at('itr', run_as_of()) }}
        and {{ is_about_an_issue('itr', 'trackers') }}
),

described as (
    select
        tch.interaction_id,
        itr.follower_id,
        case when itr.is_about_its_post then itr.post_id end as post_id,
        itr.workspace_id,
        itr.platform,
        case
            when itr.interaction_type in ('query', 'view') then itr.interaction_type
            else 'mention'
        end as engagement_type,
        case
            when itr.is_about_its_post
                then {{ first_in_text('itr.platform_post_id', whole_id) }}
        end as post_reference,
        ids.text_references,
        {{ first_characters('itr.text', var('issue_context_length')) }} as context,
        itr.occurred_at,
        itr.received_at
    from touched as tch
    -- left: what is about no issue any more leaves the table
    left join about_issues as itr on tch.interaction_id = itr.interaction_id
    inner join lateral (
        select {{ json_list('fnd.found', 'fnd.found') }} as text_references
        from {{ found_in_text('itr.text', issue_pattern()) }} as fnd
        where itr.is_read
    ) as ids on true
    where {{ is_there_or_gone('itr.follower_id') }}
)

select * from described
