{#- Settings for a statement that finds a row of the stored relation for each delivered one. The
    planner would read the relation whole where a batch is large, and again and again where
    statistics say that it is empty, while the statement itself fills it. The delivered rows have
    no index; that they are read whole is made to cost so much that a server would compile. -#}
{% macro look_up_by_index() %}
    set local enable_hashjoin = off;
    set local enable_mergejoin = off;
    set local enable_seqscan = off;
    set local jit = off;
{%- endmacro %}
