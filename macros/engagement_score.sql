{#- The engagement score of a relation's count columns. -#}
{% macro engagement_score(relation) %}
    {{ function('calculate_engagement_score') }}(
        {{ relation }}.comment_count,
        {{ relation }}.like_count,
        {{ relation }}.share_count,
        {{ relation }}.save_count,
        {{ relation }}.profile_visit_count,
        {{ relation }}.link_click_count
    )
{% endmacro %}

{#- The engagement score of the grouped interactions whose `occurred_at` lies in the last days. -#}
{% macro engagement_score_in_window(days) %}
    {%- set since = days_before(as_of(), days) -%}
    {{ function('calculate_engagement_score') }}(
        {%- for type in ['comment', 'like', 'share', 'save', 'profile_visit', 'link_click'] %}
        count(*) filter (where interaction_type = '{{ type }}' and occurred_at > {{ since }}){{ ',' if not loop.last }}
        {%- endfor %}
    )
{% endmacro %}
