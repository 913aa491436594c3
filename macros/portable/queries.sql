{#- After the `as` of a CTE that is read twice: PostgreSQL would store its rows first, without
    their indexes. -#}
{% macro not_materialized() %}{{ return(adapter.dispatch('not_materialized')()) }}{% endmacro %}
{% macro default__not_materialized() %}{{ return('') }}{% endmacro %}
{% macro postgres__not_materialized() %}{{ return('not materialized') }}{% endmacro %}
{% macro spark__not_materialized() %}{{ return('') }}{% endmacro %}

{#- End of a lateral look-up by a key that has at most one row. The limit keeps PostgreSQL from
    joining whole relations instead: it looks each key up by index, whatever their size. -#}
{% macro at_most_one() %}limit 1{% endmacro %}

{#- End of a lateral look-up by a key that can have many rows, of which any will do. `column` comes
    after the key in an index. Without the order PostgreSQL would read the relation from its beginning
    where statistics say that a key has a great share of the rows, again and again for keys
    that have none. -#}
{% macro first_by(column) %}order by {{ column }} asc limit 1{% endmacro %}
