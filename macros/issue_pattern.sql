{#- Issue ids as people write them: 1-4 capitals, a hyphen, 1-5 digits, and neither letter nor
    digit on either side. Letters are those of ASCII, so that an id within a sentence that is
    written without spaces is found, and the same on any server. -#}
{% macro issue_pattern() %}
    {{ return('(?<![A-Za-z0-9_])([A-Z]{1,4}-[0-9]{1,5})(?![A-Za-z0-9_])') }}
{% endmacro %}
