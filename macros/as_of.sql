{#- The instant that every time-relative number is relative to: var `as_of`, or the moment
    of the query. The only place where the clock is read. -#}
{% macro as_of() %}
    {%- set instant = var('as_of') -%}
    {%- if instant is none -%}
        {{ return('current_timestamp') }}
    {%- endif -%}
    {{ return(to_instant("'" ~ checked_instant('as_of', instant) ~ "'")) }}
{% endmacro %}

{#- An instant given from outside, checked before it becomes part of a statement. -#}
{% macro checked_instant(name, instant) %}
    {%- set pattern = '^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2}))?$' -%}
    {%- if not modules.re.match(pattern, instant | string) -%}
        {{ exceptions.raise_compiler_error(name ~ " must be a day or an instant with its zone, like 2026-03-01 or 2026-03-01T12:00:00Z, not '" ~ instant ~ "'") }}
    {%- endif -%}
    {{ return(instant | string ~ ('T00:00:00Z' if (instant | string | length) == 10 else '')) }}
{% endmacro %}

{#- Whether a ledger entry has taken effect by `as_of` and was received by var `known_at`. -#}
{% macro is_in_effect(entry) %}
    ({{ entry }}.effective_at is null or {{ entry }}.effective_at <= {{ as_of() }})
    {%- if var('known_at') is not none %}
    and {{ entry }}.recorded_at <= {{ to_instant("'" ~ checked_instant('known_at', var('known_at')) ~ "'") }}
    {%- endif %}
{% endmacro %}

{#- The opposite, written so that few rows are read where few are later than `as_of`. -#}
{% macro is_not_yet_in_effect(entry) %}
    {{ entry }}.effective_at > {{ as_of() }}
    {%- if var('known_at') is not none %}
    or {{ entry }}.recorded_at > {{ to_instant("'" ~ checked_instant('known_at', var('known_at')) ~ "'") }}
    {%- endif %}
{% endmacro %}

{#- Whether something was observed by `as_of`; an unknown time counts. -#}
{% macro is_observed(instant) %}({{ instant }} is null or {{ instant }} <= {{ as_of() }}){% endmacro %}
