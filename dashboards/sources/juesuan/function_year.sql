-- optional: not every paper prints its expenditure by function.
-- Rows of mart_function_year by department_id.
select
    * exclude (printed_codes, comparability_reasons),
    array_to_string(printed_codes, ' ') as printed_codes,
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_function_year
order by department_id, fiscal_year, phase, fund, harmonised_code
