-- Grain: a line of a project's money, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'project_line') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.project_no,
        rows_read.line_no,
        rows_read.line_kind,
        rows_read.item_name,
        rows_read.amount,
        rows_read.amount_printed,
        rows_read.unit_printed,
        rows_read.year,
        rows_read.description,
        rows_read.economic_name,
        rows_read.quantity,
        rows_read.page
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
