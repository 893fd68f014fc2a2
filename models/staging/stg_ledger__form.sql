-- Grain: a form met in a paper or named in its list of tables, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'form') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.form,
        rows_read.state,
        rows_read.title_printed,
        rows_read.number_printed,
        rows_read.unit_printed,
        rows_read.table_no,
        rows_read.page,
        rows_read.cut_reason
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
