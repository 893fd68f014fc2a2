-- Grain: a printed amount of a form line, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'form_cell') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.form,
        rows_read.table_no,
        rows_read.row_no,
        rows_read.block_no,
        rows_read.column_no,
        rows_read.page,
        rows_read.measure,
        rows_read.amount_printed,
        rows_read.amount,
        rows_read.decimals,
        rows_read.unit_printed,
        rows_read.amount_source,
        rows_read.repair_note,
        rows_read.bbox,
        rows_read.confidence,
        rows_read.reader
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
