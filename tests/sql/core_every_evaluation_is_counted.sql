-- What a rule says of how it fared, by which it is judged too, counts each of its evaluations, by one status.
with counted as (select sum(passed + rounded + failed + missing) as evaluations from {{ ref('dim_rule') }}),

made as (select count(*) as evaluations from {{ ref('int_rule_evaluation') }})

select counted.evaluations as counted_evaluations, made.evaluations as made_evaluations
from counted
cross join made
where counted.evaluations is distinct from made.evaluations
