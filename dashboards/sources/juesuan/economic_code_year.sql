-- optional: not every paper prints its basic expenditure by economic code. As economic_year, ordered by code.
-- Rows of mart_economic_year by economic_code, department_id.
select * from marts.mart_economic_year order by economic_code, department_id, fiscal_year, phase
