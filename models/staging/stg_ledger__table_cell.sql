-- Grain: a cell of any table that prints something, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'table_cell') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.page,
        rows_read.table_no,
        rows_read.row_no,
        rows_read.column_no,
        rows_read.text,
        rows_read.bbox,
        rows_read.form,
        rows_read.caption
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
