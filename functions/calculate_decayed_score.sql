{#- The weights become part of the function, as those of the lifetime score do. The counts
    weigh 1 at var `decay_origin`; the function carries them forward to an instant. -#}
{%- set weights = number_by_name(
    ref('engagement_weights'), 'interaction_type', 'weight'
) -%}
select
    {{ to_number(
        'coalesce(comments, 0) * ' ~ weights['comment']
        ~ ' + coalesce(likes, 0) * ' ~ weights['like']
        ~ ' + coalesce(shares, 0) * ' ~ weights['share']
        ~ ' + coalesce(saves, 0) * ' ~ weights['save']
        ~ ' + coalesce(profile_visits, 0) * ' ~ weights['profile_visit']
        ~ ' + coalesce(link_clicks, 0) * ' ~ weights['link_click']
    ) }}
    * {{ exponential(
        '-' ~ decay_rate() ~ ' * ' ~ fractional_days_between(decay_origin(), 'instant')
    ) }}
