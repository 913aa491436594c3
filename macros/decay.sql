{#- Decay without nightly jobs: an interaction weighs half as much each half-life. Stored is what
    it weighs at a fixed instant, which adds up; a view carries the sum forward to `as_of`. -#}

{#- ln 2 ÷ half-life in days. -#}
{% macro decay_rate() %}
    {%- set half_life = var('decay_half_life_days') -%}
    {%- if half_life is not number or half_life < 7 -%}
        {{ exceptions.raise_compiler_error('decay_half_life_days must be a number of days, 7 or more') }}
    {%- endif -%}
    {{ return(to_number('0.6931471805599453') ~ ' / ' ~ half_life) }}
{% endmacro %}

{#- The instant at which stored counts weigh 1. -#}
{% macro decay_origin() %}
    {{ return(to_instant("'" ~ checked_instant('decay_origin', var('decay_origin')) ~ "'")) }}
{% endmacro %}

{#- What an interaction of a known time weighs at the origin: exact, so that what is added and
    taken away again leaves nothing behind. -#}
{% macro decayed_weight(occurred_at) %}
    {{ return(exact_number(exponential(decay_rate() ~ ' * ' ~ fractional_days_between(decay_origin(), occurred_at)))) }}
{% endmacro %}

{#- What those weights were made by, to tell whether stored ones still hold. -#}
{% macro decay_basis() %}
    {{ return(var('decay_half_life_days') ~ ' days from ' ~ checked_instant('decay_origin', var('decay_origin'))) }}
{% endmacro %}

{#- One column per type that the score has: the sum of signs, each as heavy as its interaction.
    Of many interactions in one entry, `weight_of_many` says what all of them weigh, where it is known. -#}
{% macro decayed_sums_per_type(sign, weight_of_many) %}
    {%- set counted -%}
        case
            when {{ weight_of_many }} is null then {{ sign }} * {{ decayed_weight('occurred_at') }}
            when {{ sign }} <> 0 then {{ sign }} / abs({{ sign }}) * {{ weight_of_many }}
            else 0
        end
    {%- endset -%}
    {%- for type in scored_types() %}
    coalesce(sum({{ counted }}) filter (where interaction_type = '{{ type }}' and occurred_at is not null), 0) as decayed_{{ type }}_count{{ ',' if not loop.last }}
    {%- endfor %}
{% endmacro %}

