-- optional: there may be no two years of one body.
-- Rows of mart_change_step by department_id.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_change_step
order by department_id, fiscal_year, phase, fund, step_no
