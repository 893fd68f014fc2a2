-- Grain: one printed figure of a form that an evaluation which did not pass speaks of.
with evaluations as (select * from {{ ref('int_rule_evaluation') }} where status <> 'pass'),

slots as (select * from {{ ref('int_rule_slot_figure') }} where amount_cny is not null and not is_optional),

across_documents as (select * from {{ ref('int_rule_cross_document') }}),

evidence as (select * from {{ ref('int_cell_evidence') }}),

of_identities as (
    select
        evaluations.evaluation_id,
        slots.document_id,
        slots.form,
        slots.row_key,
        slots.measure
    from evaluations
    inner join slots
        on evaluations.document_id = slots.document_id
        and evaluations.rule_id = slots.rule_id
        and evaluations.instance_key = slots.instance_key
),

-- A check that names a row and no measure speaks of the whole row.
named as (
    select
        evaluations.evaluation_id,
        evidence.document_id,
        evidence.form,
        evidence.row_key,
        evidence.measure
    from evaluations
    inner join evidence
        on evaluations.document_id = evidence.document_id
        and evaluations.form = evidence.form
        and evaluations.row_key = evidence.row_key
        and coalesce(evaluations.measure, evidence.measure) = evidence.measure
),

of_other_papers as (
    select
        evaluations.evaluation_id,
        across_documents.other_document_id as document_id,
        across_documents.other_form as form,
        across_documents.other_row_key as row_key,
        across_documents.other_measure as measure
    from evaluations
    inner join across_documents
        on evaluations.document_id = across_documents.document_id
        and evaluations.rule_id = across_documents.rule_id
        and evaluations.instance_key = across_documents.instance_key
),

spoken_of as (
    select * from of_identities
    union
    select * from named
    union
    select * from of_other_papers
)

select
    spoken_of.evaluation_id,
    spoken_of.document_id,
    spoken_of.form,
    spoken_of.row_key,
    spoken_of.measure,
    evidence.is_doubted,
    evidence.fault_reason
from spoken_of
inner join evidence
    on spoken_of.document_id = evidence.document_id
    and spoken_of.form = evidence.form
    and spoken_of.row_key = evidence.row_key
    and spoken_of.measure = evidence.measure
