-- optional: departments of no known kind have no peers. One row: a code that peers print, and how many do. What may
-- be chosen is read from here, without a look at the peers.
-- Rows of mart_peer_comparison by peer_group.
select
    fiscal_year, phase, fund, peer_group, peer_group_name, classification, code, code_name,
    cast(count(distinct department_id) as integer) as department_count
from marts.mart_peer_comparison
group by all
order by peer_group, fiscal_year, phase, fund, classification, code, peer_group_name, code_name
