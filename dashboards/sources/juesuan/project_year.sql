-- optional: not every paper tells its projects.
-- Rows of mart_project_year by department_id.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_project_year
order by department_id, fiscal_year, project_key
