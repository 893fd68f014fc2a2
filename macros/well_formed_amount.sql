{#- A pattern of an amount as it is well printed with so many decimals. -#}
{% macro well_formed_amount(decimals) -%}
    '^-?([0-9]{1,3}(,[0-9]{3})+|0|[1-9][0-9]*)[.][0-9]{' || {{ decimals }} || '}$'
{%- endmacro %}
