-- Without CTEs, so that a page of it is read by index: see interactions_in_effect.
select
    itr.interaction_id,
    itr.follower_id,
    cnt.content_id,
    itr.post_id,
    itr.thread_id,
    itr.parent_id,
    itr.workspace_id,
    itr.platform,
    itr.interaction_type,
    itr.native_type,
    itr.native_kind,
    case
        when itr.interaction_type = 'comment' then itr.text
    end as interaction_value,
    itr.sentiment as native_sentiment,
    itr.time_precision,
    itr.key_quality,
    itr.occurred_at,
    itr.received_at
from {{ ref('interactions_in_effect') }} as itr
-- left: a channel or an issue belongs to no content item
left join {{ ref('post_content') }} as cnt on itr.post_id = cnt.post_id
where
    itr.sign > 0
    -- what a purge left are no single interactions
    and itr.archive_id is null
    and itr.follower_id is not null
