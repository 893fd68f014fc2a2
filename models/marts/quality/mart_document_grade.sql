-- Grain: one document in use, with its grade and the findings behind it.
with grades as (select * from {{ ref('int_document_grade') }}),

coverage as (select * from {{ ref('int_rule_coverage') }}),

findings as (select * from {{ ref('fct_finding') }}),

doubts as (select * from {{ ref('int_document_doubt') }}),

evaluated as (
    select
        document_id,
        sum(evaluated) as checks,
        sum(passed + rounded) as checks_met,
        count(*) filter (where evaluated > 0) as rules_evaluated
    from coverage
    group by document_id
),

acknowledged as (
    select document_id, count(*) as acknowledged
    from findings
    where acknowledged
    group by document_id
)

select
    grades.document_id,
    grades.grade,
    grades.publisher_errors,
    grades.extraction_errors,
    grades.coverage_errors,
    grades.suspicious,
    grades.roundings,
    cast(coalesce(acknowledged.acknowledged, 0) as integer) as acknowledged,
    cast(coalesce(evaluated.rules_evaluated, 0) as integer) as rules_evaluated,
    cast(coalesce(evaluated.checks, 0) as integer) as checks,
    doubts.figures,
    doubts.doubtful_figures,
    cast(coalesce(evaluated.checks_met, 0) as integer) as checks_met
from grades
left join evaluated on grades.document_id = evaluated.document_id
left join doubts on grades.document_id = doubts.document_id
left join acknowledged on grades.document_id = acknowledged.document_id
order by grades.document_id
