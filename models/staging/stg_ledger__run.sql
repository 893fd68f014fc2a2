-- Grain: one run of the job that ended before the one that builds this, good or bad. A run that was killed
-- has no end and no row.
with rows_recorded as (select * from {{ source('ledger', 'run') }}),

numbered as (
    select
        cast(row_number() over (order by started_at, run_id) as integer) as run_no,
        *
    from rows_recorded
)

select
    run_no,
    run_id,
    command,
    started_at,
    ended_at,
    exit_code,
    outcome,
    message,
    publication,
    extractor_version,
    project_version,
    documents_given,
    documents_read,
    documents_quarantined,
    job_peak_kib,
    worker_peak_kib,
    dbt_peak_kib,
    phase_seconds
from numbered
