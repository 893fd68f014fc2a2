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


{#- A table of Parquet files holds no column to be without nulls: the contract's word is kept by asking. -#}
{% macro juesuanspark__persist_constraints(relation, model) -%}
    {%- if config.get('file_format') == 'delta' -%}
        {{ spark__persist_constraints(relation, model) }}
    {%- elif config.get('contract').enforced -%}
        {%- set nulls = [] -%}
        {%- for column in model.columns.values() -%}
            {%- for constraint in column.constraints if constraint.type == 'not_null' -%}
                {%- do nulls.append(adapter.quote(column.name) ~ ' is null') -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if nulls and run_query('select 1 from ' ~ relation ~ ' where ' ~ nulls | join(' or ') ~ ' limit 1') | length -%}
            {{ exceptions.raise_database_error(relation ~ ' has a null where its contract allows none') }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
