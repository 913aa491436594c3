{#- Tests compare in UTC, whatever the server's own zone is: models set it in their sessions,
    tests have no hooks. -#}
{% macro postgres__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) %}
    set timezone = 'UTC';
    {{ default__get_unit_test_sql(main_sql, expected_fixture_sql, expected_column_names) }}
{% endmacro %}

{% macro postgres__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) %}
    set timezone = 'UTC';
    {{ default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) }}
{% endmacro %}
