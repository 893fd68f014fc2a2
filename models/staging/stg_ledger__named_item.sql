-- Grain: one item of the classifications that the text names without a figure, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'named_item') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.kind,
        rows_read.group_name,
        rows_read.item_name,
        rows_read.page
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
