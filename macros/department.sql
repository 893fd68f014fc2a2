{#- A body's printed name without the marks of its state and perimeter: 原…, （汇总）, 本级, and
    without a second name in brackets. -#}
{% macro bare_department_name(name) -%}
    regexp_replace(
        regexp_replace({{ normalise_name(name) }}, '^原|（.*$', '', 'g'),
        '(本级|汇总)$', ''
    )
{%- endmacro %}


{% macro department_key(district_code, department_name) -%}
    {{ surrogate_key([district_code, department_name]) }}
{%- endmacro %}
