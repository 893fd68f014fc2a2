{#-
    A list of departments, one of each kind and phase of those that have peers. Pairs of peers grow with the square of
    the departments, and a test that names one side by its key leaves the others out before they are paired.
-#}
{% macro one_department_a_kind() %}
    {%- set asked -%}
        select min(department_id) from {{ ref('mart_department_year') }} where peer_group is not null
        group by peer_group, fiscal_year, phase
    {%- endset -%}
    {%- set found = run_query(asked).columns[0].values() if execute else [] -%}
    ('{{ found | unique | join("', '") }}')
{%- endmacro %}
