-- Every reason that a comparison gives is one of the seed's, and no verdict is milder than its reasons.
with comparisons as (
    select comparability, comparability_reasons from {{ ref('mart_comparability_years') }}
    union all
    select comparability, comparability_reasons from {{ ref('mart_comparability_peers') }}
    where department_id in {{ one_department_a_kind(ref('mart_comparability_peers')) }}
    union all
    select comparability, comparability_reasons from {{ ref('mart_peer_comparison') }}
    union all
    select comparability, comparability_reasons from {{ ref('mart_district_year') }}
),

known as (select * from {{ ref('dim_comparability_reason') }}),

given as (
    select distinct comparability, unnest(comparability_reasons) as reason
    from comparisons
)

select given.comparability, given.reason
from given
left join known on given.reason = known.reason
where known.reason is null
    or known.verdict = 'not_comparable' and given.comparability <> 'not_comparable'
    or known.verdict = 'with_care' and given.comparability = 'comparable'
