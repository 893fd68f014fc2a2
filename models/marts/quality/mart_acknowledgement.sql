-- Grain: one acknowledgement a steward has entered, with whether it still applies.
with acknowledgements as (select * from {{ ref('int_acknowledgement') }})

select
    finding_id,
    document_id,
    rule_id,
    acknowledged_on,
    acknowledged_by,
    reason,
    figures,
    figures_now,
    state,
    state in ('figures_changed', 'finding_gone', 'document_gone') as is_lapsed
from acknowledgements
order by finding_id, acknowledged_on, acknowledged_by, reason, figures
