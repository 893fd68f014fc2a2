{#- Which of several tellings of one figure speaks for the body, best first: printed in a form, then in
    a sentence, then implied by a change; the paper in force; the whole before a part; the latest. -#}
{% macro telling_order(source, document) -%}
    case {{ source }} when 'form' then 0 when 'claim' then 1 else 2 end,
    case when {{ document }}.document_id = {{ document }}.current_document_id then 0 else 1 end,
    case {{ document }}.perimeter when 'consolidated' then 0 else 1 end,
    {{ document }}.first_loaded_at desc,
    {{ document }}.document_id
{%- endmacro %}
