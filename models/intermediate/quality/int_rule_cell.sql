-- Grain: one figure an identity can speak of: document, form, row and measure, once each.
-- Form cells, the budgets and execution of projects, and the procurement figures the text states.
-- A derived cell is no evidence: it stays here without an amount, as a figure that is owed.
{{ rule_cells(ref('int_form_cell'), ref('int_claim_meaning')) }}
