{#- Engine-specific types and expressions, so that models stay plain. Postgres today;
    another engine adds its own `<engine>__` beside each. -#}

{% macro to_instant(expression) %}{{ return(adapter.dispatch('to_instant')(expression)) }}{% endmacro %}
{% macro default__to_instant(expression) %}{{ exceptions.raise_compiler_error('to_instant is not written for this engine') }}{% endmacro %}
{% macro postgres__to_instant(expression) %}{{ return('(' ~ expression ~ ')::timestamptz') }}{% endmacro %}

{% macro natural_key(parts) %}{{ return(adapter.dispatch('natural_key')(parts)) }}{% endmacro %}
{% macro default__natural_key(parts) %}{{ exceptions.raise_compiler_error('natural_key is not written for this engine') }}{% endmacro %}
{% macro postgres__natural_key(parts) %}{{ return('md5(' ~ parts | join(' || chr(31) || ') ~ ')::uuid') }}{% endmacro %}

{% macro bytewise(expression) %}{{ return(adapter.dispatch('bytewise')(expression)) }}{% endmacro %}
{% macro default__bytewise(expression) %}{{ exceptions.raise_compiler_error('bytewise is not written for this engine') }}{% endmacro %}
{% macro postgres__bytewise(expression) %}{{ return(expression ~ ' collate "C"') }}{% endmacro %}

{% macro to_whole_number(expression) %}{{ return(adapter.dispatch('to_whole_number')(expression)) }}{% endmacro %}
{% macro default__to_whole_number(expression) %}{{ exceptions.raise_compiler_error('whole_number is not written for this engine') }}{% endmacro %}
{% macro postgres__to_whole_number(expression) %}{{ return('(' ~ expression ~ ')::bigint') }}{% endmacro %}

{% macro ratio(numerator, denominator) %}{{ return(adapter.dispatch('ratio')(numerator, denominator)) }}{% endmacro %}
{% macro default__ratio(numerator, denominator) %}{{ exceptions.raise_compiler_error('ratio is not written for this engine') }}{% endmacro %}
{% macro postgres__ratio(numerator, denominator) %}{{ return('round((' ~ numerator ~ ')::numeric / nullif(' ~ denominator ~ ', 0), 6)') }}{% endmacro %}

{#- One short text that differs where any of the columns does; null and '' differ. -#}
{% macro fingerprint(columns) %}{{ return(adapter.dispatch('fingerprint')(columns)) }}{% endmacro %}
{% macro default__fingerprint(columns) %}{{ exceptions.raise_compiler_error('fingerprint is not written for this engine') }}{% endmacro %}
{% macro postgres__fingerprint(columns) %}{{ return('md5(row(' ~ columns | join(', ') ~ ')::text)') }}{% endmacro %}

{#- A floating-point number. -#}
{% macro to_number(expression) %}{{ return(adapter.dispatch('to_number')(expression)) }}{% endmacro %}
{% macro default__to_number(expression) %}{{ exceptions.raise_compiler_error('to_number is not written for this engine') }}{% endmacro %}
{% macro postgres__to_number(expression) %}{{ return('(' ~ expression ~ ')::float8') }}{% endmacro %}

{#- A floating-point number as an exact one, which sums to the same in any order. -#}
{% macro exact_number(expression) %}{{ return(adapter.dispatch('exact_number')(expression)) }}{% endmacro %}
{% macro default__exact_number(expression) %}{{ exceptions.raise_compiler_error('exact_number is not written for this engine') }}{% endmacro %}
{% macro postgres__exact_number(expression) %}{{ return('(' ~ expression ~ ')::numeric') }}{% endmacro %}

{#- e to the power of a floating-point number; nothing smaller than e^-600, which engines refuse
    to represent. Not for null. -#}
{% macro exponential(exponent) %}{{ return(adapter.dispatch('exponential')(exponent)) }}{% endmacro %}
{% macro default__exponential(exponent) %}{{ exceptions.raise_compiler_error('exponential is not written for this engine') }}{% endmacro %}
{% macro postgres__exponential(exponent) %}{{ return('exp(greatest(' ~ exponent ~ ', -600))') }}{% endmacro %}

{#- An exact number without trailing zeros. -#}
{% macro trimmed_number(expression) %}{{ return(adapter.dispatch('trimmed_number')(expression)) }}{% endmacro %}
{% macro default__trimmed_number(expression) %}{{ exceptions.raise_compiler_error('trimmed_number is not written for this engine') }}{% endmacro %}
{% macro postgres__trimmed_number(expression) %}{{ return('trim_scale(' ~ expression ~ ')') }}{% endmacro %}
{#- A number with a fixed count of decimals, half away from zero: never of an inexact number. -#}
{% macro rounded(expression, decimals) %}{{ return(adapter.dispatch('rounded')(expression, decimals)) }}{% endmacro %}
{% macro default__rounded(expression, decimals) %}{{ exceptions.raise_compiler_error('rounded is not written for this engine') }}{% endmacro %}
{% macro postgres__rounded(expression, decimals) %}{{ return('round((' ~ expression ~ ')::numeric, ' ~ decimals ~ ')') }}{% endmacro %}

{#- No list of instants: null, of that type. -#}
{% macro no_instants() %}{{ return(adapter.dispatch('no_instants')()) }}{% endmacro %}
{% macro default__no_instants() %}{{ exceptions.raise_compiler_error('no_instants is not written for this engine') }}{% endmacro %}
{% macro postgres__no_instants() %}{{ return('null::timestamptz[]') }}{% endmacro %}
