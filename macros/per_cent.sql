{#- A share or change in per cent, to four places; null where there is nothing to compare with. -#}
{% macro per_cent(part, whole) -%}
    cast(round(100 * ({{ part }}) / nullif(abs({{ whole }}), 0), 4) as decimal(24, 4))
{%- endmacro %}
