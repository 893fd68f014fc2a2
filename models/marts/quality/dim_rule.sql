-- Grain: one accounting rule, with how it fared over all documents in use.
with rules as (select * from {{ ref('accounting_rule') }}),

coverage as (select * from {{ ref('int_rule_coverage') }}),

terms as (select * from {{ ref('accounting_rule_term') }}),

fared as (
    select
        rule_id,
        sum(evaluated) as evaluated,
        sum(passed) as passed,
        sum(rounded) as rounded,
        sum(failed) as failed,
        sum(missing) as missing,
        count(*) filter (where evaluated > 0) as documents_evaluated
    from coverage
    group by rule_id
),

written_terms as (
    select
        *,
        case when sign < 0 then '-' else '+' end || form || ':' || row_key || ':' || measure as term
    from terms
),

equations as (
    select
        rule_id,
        string_agg(term, ' ' order by term_no) filter (where side = 'left') as left_terms,
        string_agg(term, ' ' order by term_no) filter (where side = 'right') as right_terms
    from written_terms
    group by rule_id
)

select
    rules.rule_id,
    rules.kind,
    rules.severity,
    rules.scope,
    rules.document_kind,
    rules.relation,
    rules.title_zh,
    rules.title_en,
    rules.sentence_zh,
    rules.sentence_en,
    rules.related,
    equations.left_terms,
    equations.right_terms,
    cast(coalesce(fared.documents_evaluated, 0) as integer) as documents_evaluated,
    cast(coalesce(fared.evaluated, 0) as integer) as evaluated,
    cast(coalesce(fared.passed, 0) as integer) as passed,
    cast(coalesce(fared.rounded, 0) as integer) as rounded,
    cast(coalesce(fared.failed, 0) as integer) as failed,
    cast(coalesce(fared.missing, 0) as integer) as missing
from rules
left join fared on rules.rule_id = fared.rule_id
left join equations on rules.rule_id = equations.rule_id
order by rules.rule_id
