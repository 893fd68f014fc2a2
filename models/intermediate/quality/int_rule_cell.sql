-- Grain: one figure an identity can speak of: document, form, row and measure, once each.
-- Form cells, the budgets and execution of projects, and the procurement figures the text states.
-- A derived cell is no evidence: it stays here without an amount, as a figure that is owed.
-- Where nothing was repaired, the figures are those that were read.
with as_repaired as (
    {{ rule_cells(ref('int_form_cell'), ref('int_claim_meaning'), documents=ref('int_repaired_document')) }}
)

select *
from {{ ref('int_rule_printed_cell') }}
where document_id not in (select document_id from {{ ref('int_repaired_document') }})
union all by name
select * from as_repaired
