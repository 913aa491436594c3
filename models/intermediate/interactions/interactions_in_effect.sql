-- Without CTEs: PostgreSQL plans a view that has some by itself, and the order of its
-- indexes is lost. One scan: a union would lose that order too.
select
    {{ columns_of('ldg', [
        'interaction_id', 'follower_id', 'post_id', 'thread_id', 'parent_id',
        'workspace_id', 'platform', 'platform_user_id', 'platform_post_id',
        'actor_kind', 'native_type', 'native_kind', 'interaction_type',
        'text', 'sentiment', 'time_precision', 'key_quality', 'metadata',
        'archive_id', 'sign', 'gross_sign', 'occurred_at', 'received_at', 'effective_at',
    ]) }}
from {{ ref('interaction_ledger') }} as ldg
where {{ holds_at('ldg', as_of()) }}
