with

ledger as (
    select * from {{ ref('interaction_ledger') }}
),

rules as (
    select * from {{ ref('retention') }}
),

settings as (
    select * from {{ ref('workspace_settings') }}
),

mappings as (
    select * from {{ ref('sentiment_mappings') }}
),

labels as (
    select * from {{ ref('label_history') }}
),

labelers as (
    select * from {{ ref('sentiment_labelers') }}
),

about_issues as (
    select * from {{ ref('issue_interactions') }}
),

aged as (
    select
        ldg.*,
        coalesce(ldg.occurred_at, ldg.received_at) as aged_from
    from ledger as ldg
    -- left: what an issue's engagement is made of stays
    left join about_issues as iss on ldg.interaction_id = iss.interaction_id
    where
        ldg.is_current
        and ldg.archive_id is null
        and iss.interaction_id is null
),

retained as (
    select
        itr.interaction_id,
        itr.follower_id,
        itr.post_id,
        itr.thread_id,
        itr.parent_id,
        itr.workspace_id,
        itr.platform,
        itr.platform_user_id,
        itr.platform_post_id,
        itr.actor_kind,
        itr.native_type,
        itr.native_kind,
        {{ sentiment_that_holds() }} as sentiment,
        itr.time_precision,
        '{{ decay_basis() }}' as decay_basis,
        itr.load_id,
        case
            when itr.occurred_at is not null
                then {{ decayed_weight('itr.occurred_at') }}
        end as decayed_count,
        itr.sign = 0 as is_retracted,
        {{ local_date('itr.aged_from', 'stg.time_zone') }} as activity_date,
        itr.aged_from,
        itr.occurred_at,
        itr.received_at
    from aged as itr
    -- inner: without a rule a platform keeps everything
    inner join rules as rul on itr.platform = rul.platform
    -- inner: every workspace with a ledger entry has settings
    inner join settings as stg on itr.workspace_id = stg.workspace_id
    {{ join_labels('itr', 'mappings', 'labels', 'labelers') }}
)

select * from retained
