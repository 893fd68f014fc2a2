-- optional: not every paper tells the three public expenses.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_three_public_year
order by expense = 'total' desc, department_id, fiscal_year, expense
