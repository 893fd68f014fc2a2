{#- The side of a summary that a row key stands on; empty in other forms. -#}
{% macro side_of_row(row_key) -%}
    regexp_extract({{ row_key }}, '^(income|expenditure)/', 1)
{%- endmacro %}
