-- optional: not every paper prints its expenditure by function. As function_year, ordered for the pages of a code.
-- Rows of mart_function_year by harmonised_code, department_id.
select
    harmonised_code, fiscal_year, phase, fund, department_id, department_name, district_name,
    amount_cny, share_pct, change_cny, change_pct, source, document_id, comparability,
    array_to_string(printed_codes, ' ') as printed_codes,
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_function_year
order by harmonised_code, department_id, fiscal_year, phase, fund
