-- optional: not every paper prints its basic expenditure by economic code. As economic_year, ordered by code.
-- Rows of mart_economic_year by fiscal_year.
select * from marts.mart_economic_year order by fiscal_year, economic_code, phase, department_id
