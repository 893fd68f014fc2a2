-- A pair of peers stands once, is told whole and has a verdict.
with pairs as (
    select * from {{ ref('mart_comparability_peers') }}
    where department_id in {{ one_department_a_kind() }}
)

select peer_group, fiscal_year, phase, department_id, other_department_id, min(comparability) as comparability
from pairs
group by peer_group, fiscal_year, phase, department_id, other_department_id
having count(*) > 1
    or count(peer_group) + count(fiscal_year) + count(phase) + count(department_id) + count(other_department_id) < 5
    or count(*) filter (where comparability in ('comparable', 'with_care', 'not_comparable')) < 1
