with

interactions as (
    select * from {{ ref('interactions_in_effect') }}
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

labelled_interactions as (
    select
        itr.interaction_id,
        itr.follower_id,
        itr.post_id,
        itr.thread_id,
        itr.parent_id,
        itr.workspace_id,
        itr.platform,
        itr.interaction_type,
        itr.native_type,
        itr.native_kind,
        itr.text,
        {{ sentiment_that_holds() }} as sentiment,
        {{ labeler_that_holds() }} as sentiment_labeler,
        itr.occurred_at,
        itr.received_at
    from interactions as itr
    {{ join_labels('itr', 'mappings', 'labels', 'labelers') }}
    -- what a purge left are no single interactions
    where
        itr.sign > 0
        and itr.archive_id is null
        and itr.follower_id is not null
)

select * from labelled_interactions
