-- Grain: one piece of residue of a template, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'residue') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.residue_no,
        rows_read.kind,
        rows_read.text,
        rows_read.value,
        rows_read.page
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
