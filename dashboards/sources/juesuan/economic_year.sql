-- optional: not every paper prints its basic expenditure by economic code.
-- Rows of mart_economic_year by department_id.
select * from marts.mart_economic_year order by department_id, fiscal_year, phase, economic_code
