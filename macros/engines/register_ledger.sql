{#- DuckDB attaches the ledger (profiles.yml); Spark is told where its Parquet lies. -#}
{% macro register_ledger() -%}
    {{ adapter.dispatch('register_ledger')() }}
{%- endmacro %}


{% macro default__register_ledger() %}{% endmacro %}


{% macro spark__register_ledger() -%}
    {%- if execute -%}
        {%- set lake = env_var('JUESUAN_LAKE') -%}
        {%- if not lake.startswith('/') and '://' not in lake -%}
            {{ exceptions.raise_compiler_error(
                'JUESUAN_LAKE is ' ~ lake ~ ': give a whole path or address; Spark would look for it, and find'
                ~ ' nothing, in the folder of its own tables'
            ) }}
        {%- endif -%}
        {%- for source in graph.sources.values() -%}
            {%- set table = source.schema ~ '.' ~ source.name -%}
            {%- do run_query('create schema if not exists ' ~ source.schema) -%}
            {%- do run_query('drop table if exists ' ~ table) -%}
            {%- do run_query(
                'create table ' ~ table ~ ' (' ~ adapter.ledger_columns(source.name) ~ ')'
                ~ " using parquet options (recursiveFileLookup 'true')"
                ~ " location '" ~ lake ~ '/' ~ source.name ~ "'"
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
