-- optional: not every paper tells the three public expenses.
-- Rows of mart_three_public_year by expense, department_id.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_three_public_year
order by expense, department_id, fiscal_year
