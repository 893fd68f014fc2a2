-- Grain: a quantitative statement of the explanation, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'claim') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.section,
        rows_read.section_key,
        rows_read.subject,
        rows_read.metric,
        rows_read.year,
        rows_read.value,
        rows_read.value_printed,
        rows_read.decimals,
        rows_read.unit,
        rows_read.snippet_offset,
        rows_read.snippet_length,
        rows_read.page,
        rows_read.class_name,
        rows_read.group_name,
        rows_read.item_name,
        rows_read.project_name,
        rows_read.base,
        rows_read.value_offset
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
