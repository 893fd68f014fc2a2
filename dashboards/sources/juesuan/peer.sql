-- optional: departments of no known kind have no peers. With what a head of staff costs in the year.
-- Rows of mart_peer_comparison by peer_group.
select
    peer.* exclude (comparability_reasons),
    array_to_string(peer.comparability_reasons, ' ') as comparability_reasons,
    years.staff_count,
    years.expenditure_per_head_cny,
    years.perimeter
from marts.mart_peer_comparison as peer
left join marts.mart_department_year as years
    on peer.department_id = years.department_id
    and peer.fiscal_year = years.fiscal_year
    and peer.phase = years.phase
order by peer.peer_group, peer.classification, peer.code, peer.fiscal_year, peer.phase, peer.fund, peer.amount_rank,
    peer.department_id
