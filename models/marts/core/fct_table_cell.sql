-- Grain: one cell of any table of a document that prints something, as printed.
-- depends_on: {{ ref('int_document') }}
with cells as (select * from {{ ref('stg_ledger__table_cell') }}),

final as (
    select
        document_id,
        page,
        table_no,
        row_no,
        column_no,
        text,
        bbox,
        form,
        caption
    from cells
)

select * from final
order by document_id, table_no, row_no, column_no
