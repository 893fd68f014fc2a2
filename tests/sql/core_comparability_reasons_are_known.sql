-- Every reason that a comparison gives is one of the seed's.
with comparisons as (select * from {{ ref('int_department_year_comparability') }}),

known as (select * from {{ ref('comparability_reason') }}),

given as (
    select distinct split_part(unnest(string_split(reasons, ' ')), ':', 1) as reason
    from comparisons
)

select given.reason
from given
anti join known on given.reason = known.reason
