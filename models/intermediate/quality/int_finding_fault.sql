-- Grain: one evaluation that did not pass, with who is at fault and why. The gravest evidence against the
-- reading decides (the rank of seeds/fault_reason.csv); where there is none, the paper prints it so.
with evaluations as (select * from {{ ref('int_rule_evaluation') }} where status <> 'pass'),

figures as (select * from {{ ref('int_evaluation_figure') }}),

forms as (select * from {{ ref('int_form_evidence') }}),

identities as (select * from {{ ref('int_rule_identity') }}),

reasons as (select * from {{ ref('fault_reason') }}),

of_figures as (
    select
        figures.evaluation_id,
        min_by(figures.fault_reason, reasons.rank) as fault_reason,
        bool_or(figures.is_doubted) as was_doubted
    from figures
    left join reasons on figures.fault_reason = reasons.fault_reason
    group by figures.evaluation_id
),

-- A paper that is a picture throughout has its sentences from recognition too.
pictures as (
    select document_id, bool_and(is_recognised) as is_recognised
    from forms
    group by document_id
),

-- What is missing has no figure: the form it is missing from is the evidence.
of_forms as (
    select
        document_id,
        form,
        case
            when is_recognised then 'recognised'
            when is_guessed then 'ambiguous_grid'
            when figures_unplaced > 0 then 'figure_unplaced'
            when is_at_odds then 'form_at_odds'
        end as fault_reason
    from forms
),

decided as (
    select
        evaluations.evaluation_id,
        evaluations.document_id,
        case
            when evaluations.status = 'rounding' then 'within_rounding'
            when evaluations.rule_id = 'R-garbled-01' then 'repaired_amount'
            when evaluations.rule_id in ('R-garbled-02', 'R-garbled-03') then 'garbled_code'
            when evaluations.rule_id = 'R-garbled-04' then 'readings_disagree'
            when evaluations.rule_id = 'R-garbled-05' then 'figure_unplaced'
            when evaluations.rule_id = 'R-coverage-01' and evaluations.is_extraction then 'form_announced'
            when evaluations.rule_id = 'R-coverage-01' then 'not_printed'
            when evaluations.rule_id = 'R-code-01' and evaluations.is_extraction then 'name_right_elsewhere'
            when of_figures.fault_reason is not null then of_figures.fault_reason
            when identities.doubt is not null then identities.doubt
            when evaluations.status = 'missing' and of_forms.fault_reason is not null then of_forms.fault_reason
            when pictures.is_recognised and evaluations.left_text is not null then 'recognised'
            -- What a family of rules knows of the reading beyond the figures themselves.
            when evaluations.is_extraction and identities.rule_id is null and of_figures.evaluation_id is null
                then 'doubtful_reading'
            when evaluations.status = 'missing' and identities.left_slots > 0 and identities.left_printed = 0
                then 'printed_blank'
            when evaluations.status = 'missing' then 'not_printed'
            when of_figures.was_doubted then 'confirmed'
            else 'printed_so'
        end as fault_reason
    from evaluations
    left join of_figures on evaluations.evaluation_id = of_figures.evaluation_id
    left join identities
        on evaluations.document_id = identities.document_id
        and evaluations.rule_id = identities.rule_id
        and evaluations.instance_key = identities.instance_key
    left join of_forms on evaluations.document_id = of_forms.document_id and evaluations.form = of_forms.form
    left join pictures on evaluations.document_id = pictures.document_id
)

select
    decided.evaluation_id,
    decided.document_id,
    reasons.responsibility,
    decided.fault_reason
from decided
left join reasons on decided.fault_reason = reasons.fault_reason
