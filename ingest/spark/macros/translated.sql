{#- Models and tests are written in DuckDB's SQL; what dbt-spark makes of them it makes of their translation. -#}
{% macro juesuanspark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {{ spark__create_table_as(temporary, relation, adapter.translated(compiled_code), language) }}
{%- endmacro %}


{% macro juesuanspark__create_view_as(relation, sql) -%}
    {{ spark__create_view_as(relation, adapter.translated(sql)) }}
{%- endmacro %}


{% macro juesuanspark__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {{ default__get_test_sql(adapter.translated(main_sql), fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}


{#- The columns a contract promises, as a query without rows. -#}
{% macro juesuanspark__get_empty_schema_sql(columns) -%}
    {{ adapter.translated(default__get_empty_schema_sql(columns)) }}
{%- endmacro %}
