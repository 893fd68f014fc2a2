-- Grain: one run of the job that ended before the one that published this.
with runs as (select * from {{ ref('stg_ledger__run') }})

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
    cast(phase_seconds ->> 'finding' as decimal(12, 2)) as finding_seconds,
    cast(phase_seconds ->> 'reading' as decimal(12, 2)) as reading_seconds,
    cast(phase_seconds ->> 'building' as decimal(12, 2)) as building_seconds,
    cast(phase_seconds ->> 'judging' as decimal(12, 2)) as judging_seconds,
    cast(phase_seconds ->> 'publishing' as decimal(12, 2)) as publishing_seconds,
    cast(phase_seconds ->> 'dashboards' as decimal(12, 2)) as dashboards_seconds,
    job_peak_kib,
    worker_peak_kib,
    dbt_peak_kib
from runs
order by run_no
