{{
    config(
        incremental_strategy='touched',
        unique_key=['interaction_id'],
        indexes=[{'columns': ['follower_id']}, {'columns': ['interaction_id']}],
        meta={'kept': 'follower_id', 'basis': 'issue_trackers'},
    )
}}

{% set whole_id = "'^" ~ issue_pattern() ~ "$'" %}

with

entries as (
    select * from {{ ref('interaction_ledger') }}
),

interactions as (
    select * from {{ ref('interactions_in_effect') }}
),

trackers as (
    select * from {{ ref('issue_trackers') }}
),

-- an interaction that was about an issue before is among them by its reversal
touched as (
    select distinct interaction_id
    from entries
    where
        follower_id is not null
        and {{ is_unconsumed('run_seq') }}
        and (
            interaction_type = 'query'
            or (
                interaction_type in ('view', 'mention')
                and platform in (select trk.platform from trackers as trk)
            )
            or (
                interaction_type in ('message', 'comment', 'dm')
                and {{ is_found_in_text('text', issue_pattern()) }}
            )
        )
),

standing as (
    select
        itr.*,
        itr.platform in (select trk.platform from trackers as trk) as is_tracker
    from touched as tch
    -- inner: what is not in effect is about nothing
    inner join interactions as itr on tch.interaction_id = itr.interaction_id
    where itr.sign = 1 and itr.follower_id is not null
),

about_posts as (
    select
        interaction_id,
        post_id,
        {{ first_in_text('platform_post_id', whole_id) }}
            as issue_reference
    from standing
    where
        post_id is not null
        and (
            interaction_type = 'query'
            or (interaction_type in ('view', 'mention') and is_tracker)
        )
),

in_texts as (
    select
        stn.interaction_id,
        {{ natural_key(['null']) }} as post_id,
        fnd.found as issue_reference
    from standing as stn
    cross join lateral {{ found_in_text('stn.text', issue_pattern()) }} as fnd
    where stn.interaction_type in ('query', 'message', 'comment', 'dm')
),

about_issues as (
    select * from about_posts
    union all
    select * from in_texts
),

described as (
    select
        abt.interaction_id,
        stn.follower_id,
        abt.post_id,
        stn.workspace_id,
        stn.platform,
        abt.issue_reference,
        case
            when stn.interaction_type in ('query', 'view') then stn.interaction_type
            else 'mention'
        end as engagement_type,
        {{ first_characters('stn.text', var('issue_context_length')) }} as context,
        stn.occurred_at,
        stn.received_at
    from about_issues as abt
    inner join standing as stn on abt.interaction_id = stn.interaction_id
    {%- if is_brought_forward() %}
    union all
    -- touched, and perhaps about nothing any more
    select
        tch.interaction_id,
        {{ natural_key(['null']) }} as follower_id,
        {{ natural_key(['null']) }} as post_id,
        null as workspace_id,
        null as platform,
        null as issue_reference,
        null as engagement_type,
        null as context,
        {{ to_instant('null') }} as occurred_at,
        {{ to_instant('null') }} as received_at
    from touched as tch
    {%- endif %}
)

select * from described
