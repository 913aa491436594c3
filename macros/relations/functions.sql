{#- A function for each list of argument types: that of its arguments, and one per type of
    `overloads` (meta) in place of the first argument's. Of whole numbers and fractions alike
    analysts get an answer without a cast. A list of integers fits several; the server then
    takes double precision, which holds them exactly. All have one body, which the planner
    puts into the query. -#}
{% macro postgres__scalar_function_sql(target_relation) %}
    {%- for types in argument_lists(model) %}
        {%- set arguments = [] -%}
        {%- for type in types -%}
            {%- do arguments.append(model.arguments[loop.index0].name ~ ' ' ~ type) -%}
        {%- endfor %}
        {%- set signature = target_relation.render() ~ '(' ~ types | join(', ') ~ ')' %}
create or replace function {{ target_relation.render() }}({{ arguments | join(', ') }})
returns {{ model.returns.data_type }}
language sql
{{ scalar_function_volatility_sql() }}
parallel safe
as $function$
{{ model.compiled_code }}
$function$;
comment on function {{ signature }} is {{ postgres_escape_comment(model.description) }};
select {{ raw_schema() }}.own_routine('{{ signature }}'::regprocedure);
    {%- endfor %}
{% endmacro %}

{#- The lists of argument types of a function's node, one per function that it makes. -#}
{% macro argument_lists(node) %}
    {%- set counted = node.arguments[0].data_type -%}
    {%- set lists = [] -%}
    {%- for type in [counted] + (node.config.meta or {}).get('overloads', []) -%}
        {%- set types = [] -%}
        {%- for argument in node.arguments -%}
            {%- do types.append(type if argument.data_type == counted else argument.data_type) -%}
        {%- endfor -%}
        {%- do lists.append(types) -%}
    {%- endfor -%}
    {{ return(lists) }}
{% endmacro %}
