-- Grain: one publication of the warehouse, as the ledger recorded it.
with rows_recorded as (select * from {{ source('ledger', 'publication') }})

select
    publication,
    published_at,
    extractor_version,
    project_version
from rows_recorded
