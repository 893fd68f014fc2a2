{#- md5 over the parts, a null part standing apart from an empty one. -#}
{% macro surrogate_key(parts) -%}
    md5({% for part in parts -%}
        coalesce(cast({{ part }} as varchar), '¬')
        {%- if not loop.last %} || '|' || {% endif -%}
    {%- endfor %})
{%- endmacro %}
