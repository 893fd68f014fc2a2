-- Grain: one finding that appeared or went with one publication.
with rows_recorded as (select * from {{ source('ledger', 'finding_event') }})

select
    publication,
    finding_id,
    event,
    document_id,
    rule_id,
    kind,
    severity,
    responsibility,
    explanation_zh,
    explanation_en,
    healed_reason
from rows_recorded
