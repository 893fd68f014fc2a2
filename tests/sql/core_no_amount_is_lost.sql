{{ config(meta={'by_document': true}) }}
-- Every amount read from a form in use stands in fct_form_cell, unless its row is a printed repeat or the
-- cell was repaired.
with cells as (select * from {{ ref('stg_ledger__form_cell') }}),

lines as (select * from {{ ref('stg_ledger__form_line') }}),

repairs as (select * from {{ ref('int_cell_repair') }} where is_cell),

marts_cells as (select * from {{ ref('fct_form_cell') }}),

lost as (
    select
        cells.document_id,
        cells.form,
        cells.measure,
        cells.amount_printed
    from cells
    left join lines using (document_id, form, table_no, row_no, block_no)
    anti join repairs using (document_id, form, table_no, row_no, block_no, column_no)
    where lines.document_id is null
        or not exists (
            select 1 from marts_cells
            where marts_cells.document_id = cells.document_id
                and marts_cells.form = cells.form
                and marts_cells.amount = cells.amount
                and split_part(marts_cells.measure, '#', 1) = cells.measure
        )
)

select * from lost
