-- Grain: one rule and one document in use: how often the rule was evaluated there, or why it was not.
with rules as (select * from {{ ref('accounting_rule') }}),

terms as (select * from {{ ref('accounting_rule_term') }}),

meanings as (select * from {{ ref('claim_meaning') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

evaluations as (select * from {{ ref('int_rule_evaluation') }}),

form_states as (select * from {{ ref('fct_coverage') }}),

forms_of_rules as (
    select rule_id, form from terms
    union
    select rule_id, form from meanings
),

form_reasons as (
    select
        documents.document_id,
        forms_of_rules.rule_id,
        bool_or(form_states.status is null or form_states.status = 'missing') as lacks_form,
        bool_or(form_states.status = 'declared_empty') as has_empty_form
    from documents
    cross join forms_of_rules
    left join form_states
        on documents.document_id = form_states.document_id and forms_of_rules.form = form_states.form
    group by documents.document_id, forms_of_rules.rule_id
),

counted as (
    select
        document_id,
        rule_id,
        count(*) as evaluated,
        count(*) filter (where status = 'pass') as passed,
        count(*) filter (where status = 'rounding') as rounded,
        count(*) filter (where status = 'fail') as failed,
        count(*) filter (where status = 'missing') as missing
    from evaluations
    group by document_id, rule_id
)

select
    documents.document_id,
    rules.rule_id,
    cast(coalesce(counted.evaluated, 0) as integer) as evaluated,
    cast(coalesce(counted.passed, 0) as integer) as passed,
    cast(coalesce(counted.rounded, 0) as integer) as rounded,
    cast(coalesce(counted.failed, 0) as integer) as failed,
    cast(coalesce(counted.missing, 0) as integer) as missing,
    case
        when counted.evaluated > 0 then null
        when rules.document_kind not in ('any', coalesce(documents.document_kind, 'any')) then 'other_document_kind'
        when rules.kind = 'cross_document' then 'told_once'
        when form_reasons.lacks_form then 'form_missing'
        when form_reasons.has_empty_form then 'form_declared_empty'
        when rules.kind in ('claim_vs_form', 'claim_arithmetic') then 'nothing_stated'
        else 'nothing_printed'
    end as reason
from documents
cross join rules
left join counted on documents.document_id = counted.document_id and rules.rule_id = counted.rule_id
left join form_reasons on documents.document_id = form_reasons.document_id and rules.rule_id = form_reasons.rule_id
