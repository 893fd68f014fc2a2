-- Grain: one rule in one publication, with how it fared over the documents in use then.
with rows_recorded as (select * from {{ source('ledger', 'rule_result') }})

select
    publication,
    rule_id,
    documents_evaluated,
    evaluated,
    passed,
    rounded,
    failed,
    missing
from rows_recorded
