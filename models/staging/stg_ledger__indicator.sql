-- Grain: a performance indicator of a project, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'indicator') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.project_no,
        rows_read.indicator_no,
        rows_read.horizon,
        rows_read.goal_no,
        rows_read.level1,
        rows_read.level2,
        rows_read.level3,
        rows_read.target,
        rows_read.actual,
        rows_read.score,
        rows_read.target_two_years_before,
        rows_read.target_year_before,
        rows_read.basis,
        rows_read.table_no,
        rows_read.row_no,
        rows_read.page
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
