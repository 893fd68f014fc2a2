-- optional: there may be no two years of one body.
-- Rows of mart_comparability_years by department_id.
select
    department_id, fiscal_year, phase, other_fiscal_year, other_phase, comparability,
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_comparability_years
order by department_id, fiscal_year, phase, other_fiscal_year, other_phase
