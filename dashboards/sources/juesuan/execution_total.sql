-- optional: as execution, of which these rows are read together for all departments.
-- Rows of mart_budget_execution by fiscal_year, department_id.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_budget_execution
where level = 'total'
order by fiscal_year, department_id, fund
