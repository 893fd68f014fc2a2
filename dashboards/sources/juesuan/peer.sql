-- optional: departments of no known kind have no peers.
select
    * exclude (comparability_reasons),
    array_to_string(comparability_reasons, ' ') as comparability_reasons
from marts.mart_peer_comparison
order by classification, code, fiscal_year, phase, fund, peer_group, amount_rank, department_id
