-- optional: a paper without a known district counts for none.
select
    * exclude (document_ids, comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_district_year
order by district_code, fiscal_year, phase
