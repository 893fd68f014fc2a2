-- Grain: one rule in one publication: how it fared over the documents in use then.
with publications as (select * from {{ ref('int_publication') }}),

recorded as (select * from {{ ref('stg_ledger__rule_result') }}),

rules as (select * from {{ ref('dim_rule') }}),

results as (
    select recorded.*
    from recorded
    inner join publications on recorded.publication = publications.publication
    where not publications.is_current
    union all by name
    select
        publications.publication,
        rules.rule_id,
        rules.documents_evaluated,
        rules.evaluated,
        rules.passed,
        rules.rounded,
        rules.failed,
        rules.missing
    from rules
    cross join publications
    where publications.is_current
)

select
    results.publication,
    date_trunc('second', publications.published_at) as published_at,
    results.rule_id,
    case
        when results.evaluated = 0 then 'not_evaluated'
        when results.failed + results.missing > 0 then 'broken'
        else 'held'
    end as outcome,
    results.documents_evaluated,
    results.evaluated,
    results.passed,
    results.rounded,
    results.failed,
    results.missing
from results
inner join publications on results.publication = publications.publication
order by results.publication, results.rule_id
