{#- What a finding speaks of, as one text: the figures an acknowledgement was decided on. -#}
{% macro finding_figures(relation) -%}
    concat_ws(
        ' | ',
        {{ relation }}.left_value,
        {{ relation }}.right_value,
        {{ relation }}.left_text,
        {{ relation }}.right_text
    )
{%- endmacro %}
