-- Without CTEs, so that a page of it is read by index: see interactions_in_effect.
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
    case
        when delivered.sentiment is not null then 'source'
        else labelled.labeler
    end as sentiment_labeler,
    itr.occurred_at,
    itr.received_at
from {{ ref('interactions_in_effect') }} as itr
{{ join_labels(
    'itr', ref('sentiment_mappings'), ref('label_history'), ref('sentiment_labelers')
) }}
-- what a purge left are no single interactions
where
    itr.sign > 0
    and itr.archive_id is null
    and itr.follower_id is not null
