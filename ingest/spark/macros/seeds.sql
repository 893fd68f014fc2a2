{#- dbt-spark puts texts between quotes as they are, and numbers as doubles. -#}
{% macro juesuanspark__load_csv_rows(model, agate_table) %}
    {%- set types = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do types.append(model['config'].get('column_types', {}).get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- endfor -%}
    {%- for rows in agate_table.rows | batch(1000) %}
        {%- do adapter.add_query(
            'insert into ' ~ this.render() ~ ' values ' ~ adapter.literal_rows(rows, types), abridge_sql_log=True
        ) -%}
    {%- endfor %}
    {{ return('') }}
{% endmacro %}


{% macro juesuanspark__create_csv_table(model, agate_table) %}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- set type = model['config'].get('column_types', {}).get(name, adapter.convert_type(agate_table, loop.index0)) -%}
        {%- do columns.append(adapter.quote(name) ~ ' ' ~ adapter.spark_type(type)) -%}
    {%- endfor -%}
    {%- set sql = 'create table ' ~ this.render() ~ ' (' ~ columns | join(', ') ~ ')' -%}
    {% call statement('_') -%}
        {{ sql }} {{ file_format_clause() }} {{ location_clause() }}
    {%- endcall %}
    {{ return(sql) }}
{% endmacro %}
