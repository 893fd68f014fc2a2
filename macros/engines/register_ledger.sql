{#- DuckDB attaches the ledger (profiles.yml); Spark is told where its Parquet lies. -#}
{% macro register_ledger() -%}
    {{ adapter.dispatch('register_ledger')() }}
{%- endmacro %}


{% macro default__register_ledger() %}{% endmacro %}


{% macro spark__register_ledger() -%}
    {%- if execute -%}
        {%- for source in graph.sources.values() -%}
            {%- set table = source.schema ~ '.' ~ source.name -%}
            {%- do run_query('create schema if not exists ' ~ source.schema) -%}
            {%- do run_query('drop table if exists ' ~ table) -%}
            {%- do run_query(
                'create table ' ~ table ~ ' (' ~ adapter.ledger_columns(source.name) ~ ')'
                ~ " using parquet options (recursiveFileLookup 'true')"
                ~ " location '" ~ env_var('JUESUAN_LAKE') ~ '/' ~ source.name ~ "'"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
