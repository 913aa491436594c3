{#- The weights become part of the function, so that it costs nothing per row; a changed
    weight is in effect after the next run, without touching stored rows. -#}
{%- set weights = number_by_name(
    ref('engagement_weights'), 'interaction_type', 'weight'
) -%}
select
    coalesce(comments, 0) * {{ weights['comment'] }}
    + coalesce(likes, 0) * {{ weights['like'] }}
    + coalesce(shares, 0) * {{ weights['share'] }}
    + coalesce(saves, 0) * {{ weights['save'] }}
    + coalesce(profile_visits, 0) * {{ weights['profile_visit'] }}
    + coalesce(link_clicks, 0) * {{ weights['link_click'] }}
