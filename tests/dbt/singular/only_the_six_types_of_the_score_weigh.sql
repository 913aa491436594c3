-- A type that the score function does not take weighs nothing.
with

weights as (
    select * from {{ ref('engagement_weights') }}
)

select interaction_type
from weights
where
    interaction_type not in (
        'comment', 'like', 'share', 'save', 'profile_visit', 'link_click'
    )
    and weight <> 0
