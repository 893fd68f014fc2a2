-- optional: not every paper prints its basic expenditure by economic code.
select * from marts.mart_economic_year order by department_id, fiscal_year, phase, economic_code
