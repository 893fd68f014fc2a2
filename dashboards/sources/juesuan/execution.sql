-- optional: a year's budget and final account must both be here.
-- Rows of mart_budget_execution by department_id.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_budget_execution
order by department_id, fiscal_year, fund, harmonised_code
