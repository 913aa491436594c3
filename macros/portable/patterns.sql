{#- What a pattern finds in a text. Patterns have bracket classes instead of backslashes. -#}

{#- A subquery of one column, `found`: the distinct parts of a text that match. -#}
{% macro found_in_text(text, pattern) %}{{ return(adapter.dispatch('found_in_text')(text, pattern)) }}{% endmacro %}
{% macro default__found_in_text(text, pattern) %}{{ exceptions.raise_compiler_error('found_in_text is not written for this engine') }}{% endmacro %}
{% macro postgres__found_in_text(text, pattern) %}{{ return('(select distinct mtc.parts[1] as found from regexp_matches(' ~ text ~ ", '" ~ pattern ~ "', 'g') as mtc (parts))") }}{% endmacro %}
{% macro spark__found_in_text(text, pattern) %}{{ return('(select distinct explode(regexp_extract_all(' ~ text ~ ", '" ~ pattern ~ "', 1)) as found)") }}{% endmacro %}

{#- Whether a text holds a match. -#}
{% macro is_found_in_text(text, pattern) %}{{ return(adapter.dispatch('is_found_in_text')(text, pattern)) }}{% endmacro %}
{% macro default__is_found_in_text(text, pattern) %}{{ exceptions.raise_compiler_error('is_found_in_text is not written for this engine') }}{% endmacro %}
{% macro postgres__is_found_in_text(text, pattern) %}{{ return('(' ~ text ~ " ~ '" ~ pattern ~ "')") }}{% endmacro %}
{% macro spark__is_found_in_text(text, pattern) %}{{ return('(' ~ text ~ " rlike '" ~ pattern ~ "')") }}{% endmacro %}

{#- The first match, or null; the pattern is an expression. -#}
{% macro first_in_text(text, pattern) %}{{ return(adapter.dispatch('first_in_text')(text, pattern)) }}{% endmacro %}
{% macro default__first_in_text(text, pattern) %}{{ exceptions.raise_compiler_error('first_in_text is not written for this engine') }}{% endmacro %}
{% macro postgres__first_in_text(text, pattern) %}{{ return('substring(' ~ text ~ ' from ' ~ pattern ~ ')') }}{% endmacro %}
{% macro spark__first_in_text(text, pattern) %}{{ return('nullif(regexp_extract(' ~ text ~ ', ' ~ pattern ~ ", 1), '')") }}{% endmacro %}

{#- The beginning of a text, at most so many characters. -#}
{% macro first_characters(text, length) %}{{ return(adapter.dispatch('first_characters')(text, length)) }}{% endmacro %}
{% macro default__first_characters(text, length) %}{{ exceptions.raise_compiler_error('first_characters is not written for this engine') }}{% endmacro %}
{% macro postgres__first_characters(text, length) %}{{ return('left(' ~ text ~ ', ' ~ length ~ ')') }}{% endmacro %}
{% macro spark__first_characters(text, length) %}{{ return('left(' ~ text ~ ', ' ~ length ~ ')') }}{% endmacro %}
