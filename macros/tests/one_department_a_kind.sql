{#-
    A list of departments: of those that are peers in a year, one of each kind. Pairs of peers grow with the
    square of the departments. A test that names one side leaves the others unpaired, and still meets each
    department, as the other side. Where nothing is asked (dbt compile) the list names nobody; a test that
    finds no table fails.
-#}
{% macro one_department_a_kind(pairs) %}
    {%- set years = api.Relation.create(database=pairs.database, schema=pairs.schema, identifier='mart_department_year') -%}
    {%- set asked -%}
        select distinct min(department_id) from {{ years }} where peer_group is not null
        group by peer_group, fiscal_year, phase
        order by 1
    {%- endset -%}
    {%- set found = run_query(asked).columns[0].values() if execute and flags.WHICH in ['build', 'test'] else [''] -%}
    {{- return("('" ~ found | join("', '") ~ "')") -}}
{% endmacro %}

{#- Rows that a test is asked of: all but those that its `where` leaves out. -#}
{% macro rows_asked_of(relation) %}
    {%- set where = config.get('where') -%}
    {%- if where and '__one_department_a_kind__' in where -%}
        {%- set where = where | replace('__one_department_a_kind__', one_department_a_kind(relation)) -%}
        {{ return(rows_where(relation, where)) }}
    {%- endif -%}
    {{ return(default__get_where_subquery(relation)) }}
{% endmacro %}

{% macro spark__get_where_subquery(relation) %}
    {{ return(rows_asked_of(relation)) }}
{% endmacro %}
