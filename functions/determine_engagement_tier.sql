{#- The thresholds become part of the function, as the weights do. A tier without a
    threshold is everybody else's; without such a tier they have none. -#}
{%- set thresholds = number_by_name(
    ref('engagement_tiers'), 'engagement_tier', 'minimum_score'
) -%}
select
    case
        {% for tier, threshold in thresholds.items() if threshold is not none -%}
        when score >= {{ threshold }} then '{{ tier }}'
        {% endfor -%}
        {% for tier, threshold in thresholds.items() if threshold is none -%}
        when score is not null then '{{ tier }}'
        {% endfor -%}
    end
