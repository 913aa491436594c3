-- Every native type that was delivered has a row in the seed of mappings.
{{ config(severity='warn') }}
select
    workspace_id,
    platform,
    native_type,
    native_kind
from {{ ref('unmapped_interaction_types') }}
