-- optional: not every paper prints its basic expenditure by economic code. As economic_year, ordered by code.
select * from marts.mart_economic_year order by economic_code, fiscal_year, phase, department_id
