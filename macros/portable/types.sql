{#- Engine-specific types and expressions, so that models stay plain. Beside each
    `postgres__` arm stands that of Apache Spark 4, where keys are texts, documents are JSON texts
    and lists are arrays. -#}

{% macro to_instant(expression) %}{{ return(adapter.dispatch('to_instant')(expression)) }}{% endmacro %}
{% macro default__to_instant(expression) %}{{ exceptions.raise_compiler_error('to_instant is not written for this engine') }}{% endmacro %}
{% macro postgres__to_instant(expression) %}{{ return('(' ~ expression ~ ')::timestamptz') }}{% endmacro %}
{% macro spark__to_instant(expression) %}{{ return('cast(' ~ expression ~ ' as timestamp)') }}{% endmacro %}

{% macro natural_key(parts) %}{{ return(adapter.dispatch('natural_key')(parts)) }}{% endmacro %}
{% macro default__natural_key(parts) %}{{ exceptions.raise_compiler_error('natural_key is not written for this engine') }}{% endmacro %}
{% macro postgres__natural_key(parts) %}{{ return('md5(' ~ parts | join(' || chr(31) || ') ~ ')::uuid') }}{% endmacro %}
{% macro spark__natural_key(parts) %}
    {%- set hash = 'md5(' ~ parts | join(' || chr(31) || ') ~ ')' -%}
    {{ return('regexp_replace(' ~ hash ~ ", '^(.{8})(.{4})(.{4})(.{4})', '$1-$2-$3-$4-')") }}
{% endmacro %}

{% macro bytewise(expression) %}{{ return(adapter.dispatch('bytewise')(expression)) }}{% endmacro %}
{% macro default__bytewise(expression) %}{{ exceptions.raise_compiler_error('bytewise is not written for this engine') }}{% endmacro %}
{% macro postgres__bytewise(expression) %}{{ return(expression ~ ' collate "C"') }}{% endmacro %}
{% macro spark__bytewise(expression) %}{{ return(expression) }}{% endmacro %}

{% macro to_whole_number(expression) %}{{ return(adapter.dispatch('to_whole_number')(expression)) }}{% endmacro %}
{% macro default__to_whole_number(expression) %}{{ exceptions.raise_compiler_error('whole_number is not written for this engine') }}{% endmacro %}
{% macro postgres__to_whole_number(expression) %}{{ return('(' ~ expression ~ ')::bigint') }}{% endmacro %}
{% macro spark__to_whole_number(expression) %}{{ return('cast(' ~ expression ~ ' as bigint)') }}{% endmacro %}

{% macro ratio(numerator, denominator) %}{{ return(adapter.dispatch('ratio')(numerator, denominator)) }}{% endmacro %}
{% macro default__ratio(numerator, denominator) %}{{ exceptions.raise_compiler_error('ratio is not written for this engine') }}{% endmacro %}
{% macro postgres__ratio(numerator, denominator) %}{{ return('round((' ~ numerator ~ ')::numeric / nullif(' ~ denominator ~ ', 0), 6)') }}{% endmacro %}
{% macro spark__ratio(numerator, denominator) %}{{ return('round(cast(' ~ numerator ~ ' as decimal(20, 0)) / nullif(cast(' ~ denominator ~ ' as decimal(18, 0)), 0), 6)') }}{% endmacro %}

{#- One short text that differs where any of the columns does; null and '' differ. -#}
{% macro fingerprint(columns) %}{{ return(adapter.dispatch('fingerprint')(columns)) }}{% endmacro %}
{% macro default__fingerprint(columns) %}{{ exceptions.raise_compiler_error('fingerprint is not written for this engine') }}{% endmacro %}
{% macro postgres__fingerprint(columns) %}{{ return('md5(row(' ~ columns | join(', ') ~ ')::text)') }}{% endmacro %}
{#- The text that PostgreSQL makes of a row, so that both engines order equal versions alike. -#}
{% macro spark__fingerprint(columns) %}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- do fields.append(
            'case typeof(' ~ column ~ ") when 'boolean' then left(cast(" ~ column ~ ' as string), 1)'
            ~ " when 'timestamp' then cast(" ~ column ~ " as string) || '+00' else cast(" ~ column ~ ' as string) end'
        ) -%}
    {%- endfor -%}
    {{ return(
        "md5(concat('(', array_join(transform(array(" ~ fields | join(', ') ~ "), one -> case when one is null then ''"
        ~ " when one = '' or one rlike r'[,()\"\\\\\\s]' then concat('\"', regexp_replace(one, r'([\"\\\\])', r'$1$1'), '\"')"
        ~ " else one end), ','), ')'))"
    ) }}
{% endmacro %}

{#- A floating-point number. -#}
{% macro to_number(expression) %}{{ return(adapter.dispatch('to_number')(expression)) }}{% endmacro %}
{% macro default__to_number(expression) %}{{ exceptions.raise_compiler_error('to_number is not written for this engine') }}{% endmacro %}
{% macro postgres__to_number(expression) %}{{ return('(' ~ expression ~ ')::float8') }}{% endmacro %}
{% macro spark__to_number(expression) %}{{ return('cast(' ~ expression ~ ' as double)') }}{% endmacro %}

{#- A floating-point number as an exact one, which sums to the same in any order. -#}
{% macro exact_number(expression) %}{{ return(adapter.dispatch('exact_number')(expression)) }}{% endmacro %}
{% macro default__exact_number(expression) %}{{ exceptions.raise_compiler_error('exact_number is not written for this engine') }}{% endmacro %}
{% macro postgres__exact_number(expression) %}{{ return('(' ~ expression ~ ')::numeric') }}{% endmacro %}
{#- Decayed counts reach 1e24 and more, which no decimal of Spark holds with its fraction. -#}
{% macro spark__exact_number(expression) %}{{ return('cast(' ~ expression ~ ' as double)') }}{% endmacro %}

{#- e to the power of a floating-point number; nothing smaller than e^-600, which engines refuse
    to represent. Not for null. -#}
{% macro exponential(exponent) %}{{ return(adapter.dispatch('exponential')(exponent)) }}{% endmacro %}
{% macro default__exponential(exponent) %}{{ exceptions.raise_compiler_error('exponential is not written for this engine') }}{% endmacro %}
{% macro postgres__exponential(exponent) %}{{ return('exp(greatest(' ~ exponent ~ ', -600))') }}{% endmacro %}
{% macro spark__exponential(exponent) %}{{ return('exp(greatest(' ~ exponent ~ ', -600))') }}{% endmacro %}

{#- An exact number without trailing zeros. -#}
{% macro trimmed_number(expression) %}{{ return(adapter.dispatch('trimmed_number')(expression)) }}{% endmacro %}
{% macro default__trimmed_number(expression) %}{{ exceptions.raise_compiler_error('trimmed_number is not written for this engine') }}{% endmacro %}
{% macro postgres__trimmed_number(expression) %}{{ return('trim_scale(' ~ expression ~ ')') }}{% endmacro %}
{% macro spark__trimmed_number(expression) %}{{ return('(' ~ expression ~ ')') }}{% endmacro %}

{#- A number as people write it, in a text: without trailing zeros. -#}
{% macro number_text(expression) %}{{ return(adapter.dispatch('number_text')(expression)) }}{% endmacro %}
{% macro default__number_text(expression) %}{{ exceptions.raise_compiler_error('number_text is not written for this engine') }}{% endmacro %}
{% macro postgres__number_text(expression) %}{{ return('trim_scale(' ~ expression ~ ')') }}{% endmacro %}
{% macro spark__number_text(expression) %}
    {%- set digits = 'cast(cast(' ~ expression ~ ' as decimal(38, 10)) as string)' -%}
    {{ return('case when ' ~ expression ~ " = 0 then '0' else rtrim('.', rtrim('0', " ~ digits ~ ')) end') }}
{% endmacro %}

{#- A number with a fixed count of decimals, half away from zero: never of an inexact number. -#}
{% macro rounded(expression, decimals) %}{{ return(adapter.dispatch('rounded')(expression, decimals)) }}{% endmacro %}
{% macro default__rounded(expression, decimals) %}{{ exceptions.raise_compiler_error('rounded is not written for this engine') }}{% endmacro %}
{% macro postgres__rounded(expression, decimals) %}{{ return('round((' ~ expression ~ ')::numeric, ' ~ decimals ~ ')') }}{% endmacro %}
{% macro spark__rounded(expression, decimals) %}{{ return('round(cast(' ~ expression ~ ' as decimal(38, 12)), ' ~ decimals ~ ')') }}{% endmacro %}

{#- No list of instants: null, of that type. -#}
{% macro no_instants() %}{{ return(adapter.dispatch('no_instants')()) }}{% endmacro %}
{% macro default__no_instants() %}{{ exceptions.raise_compiler_error('no_instants is not written for this engine') }}{% endmacro %}
{% macro postgres__no_instants() %}{{ return('null::timestamptz[]') }}{% endmacro %}
{% macro spark__no_instants() %}{{ return('cast(null as array<timestamp>)') }}{% endmacro %}

{#- No text: null, of that type. -#}
{% macro no_text() %}{{ return(adapter.dispatch('no_text')()) }}{% endmacro %}
{% macro default__no_text() %}{{ exceptions.raise_compiler_error('no_text is not written for this engine') }}{% endmacro %}
{% macro postgres__no_text() %}{{ return('null::text') }}{% endmacro %}
{% macro spark__no_text() %}{{ return('cast(null as string)') }}{% endmacro %}
