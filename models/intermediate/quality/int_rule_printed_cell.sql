-- Grain: as int_rule_cell, with the form cells as they were read. The rows and columns of the
-- identities are found on these: what is repaired must not decide where it is asked for.
{{ rule_cells(ref('int_printed_cell'), ref('int_claim_meaning')) }}
