-- Rows of mart_department_year by department_id.
select
    * exclude (document_ids, cautions, comparability_reasons),
    array_to_string(cautions, ' ') as cautions,
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_department_year
order by department_id, fiscal_year, phase
