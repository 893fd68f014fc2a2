-- Grain: a labelled row of a form, per block, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'form_line') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.form,
        rows_read.table_no,
        rows_read.row_no,
        rows_read.block_no,
        rows_read.page,
        rows_read.side,
        rows_read.line,
        rows_read.code_printed,
        rows_read.row_name,
        rows_read.second_code_printed
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
