{#- detail, subtotal or total of a cell among `cells`, by its code: detail is the deepest printed level. -#}
{% macro deepest_row_role() -%}
    case
        when row_role in ('total', 'block_total') then 'total'
        when exists (
            select 1 from cells as deeper
            where deeper.document_id = cells.document_id
                and deeper.measure = cells.measure
                and starts_with(deeper.code, cells.code)
                and length(deeper.code) > length(cells.code)
        ) then 'subtotal'
        else 'detail'
    end
{%- endmacro %}
