{#- Whether a text is an amount as it is well printed with so many decimals. -#}
{% macro is_well_formed_amount(text, decimals) -%}
    length(regexp_extract({{ text }}, '^-?(?:[0-9]{1,3}(?:,[0-9]{3})+|0|[1-9][0-9]*)[.]([0-9]+)$', 1)) = {{ decimals }}
{%- endmacro %}
