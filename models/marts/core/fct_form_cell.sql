-- Grain: one printed amount of a recognised form (document, form, row_key, measure), plus the block
-- totals derived where a paper leaves them blank.
with cells as (select * from {{ ref('int_form_cell') }}),

final as (
    select
        document_id,
        form,
        row_key,
        row_name,
        measure,
        amount_cny,
        amount_printed,
        amount_source,
        repair_note,
        page,
        table_no,
        row_no,
        column_no,
        bbox,
        confidence,
        reader,
        unit_printed,
        precision_cny,
        parent_key,
        row_role,
        resolution as code_resolution,
        amount
    from cells
)

select * from final
order by document_id, form, table_no, row_no, column_no, row_key, measure
