-- Grain: a project, or the whole department, with its execution and score, of the documents in use.
with rows_read as (select * from {{ source('ledger', 'project') }}),

documents as (select * from {{ ref('stg_ledger__document') }}),

in_use as (
    select
        documents.document_id,
        rows_read.project_no,
        rows_read.source,
        rows_read.project_name,
        rows_read.project_code,
        rows_read.budget,
        rows_read.executed,
        rows_read.budget_printed,
        rows_read.executed_printed,
        rows_read.execution_rate_pct,
        rows_read.execution_weight,
        rows_read.execution_score,
        rows_read.total_score,
        rows_read.unit_printed,
        rows_read.attributes,
        rows_read.table_no,
        rows_read.page
    from rows_read
    inner join documents
        on rows_read.sha256 = documents.sha256
        and rows_read.extractor_version = documents.extractor_version
    where documents.is_in_use
)

select * from in_use
