{#- Issue ids as people write them: 1-4 capitals, a hyphen, 1-5 digits, and neither letter nor
    digit on either side. Letters are those of ASCII, so that an id within a sentence that is
    written without spaces is found, and the same on any server. -#}
{% macro issue_pattern() %}
    {{ return('(?<![A-Za-z0-9_])([A-Z]{1,4}-[0-9]{1,5})(?![A-Za-z0-9_])') }}
{% endmacro %}

{#- Whether an entry may be about an issue: a query; a view or mention on a tracker; a text that
    holds an id. Whether post and team are known, views say. -#}
{% macro is_about_an_issue(entry, trackers) %}
    (
        {{ entry }}.interaction_type = 'query'
        or (
            {{ entry }}.interaction_type in ('view', 'mention')
            and {{ entry }}.platform in (select trk.platform from {{ trackers }} as trk)
        )
        or (
            {{ entry }}.interaction_type in ('message', 'comment', 'dm')
            and {{ is_found_in_text(entry ~ '.text', issue_pattern()) }}
        )
    )
{%- endmacro %}
