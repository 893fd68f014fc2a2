-- Grain: one acknowledgement of the seed, with whether it still applies. One that was decided on other
-- figures is not in force: what it excused is no longer what the paper says.
with acknowledgements as (select * from {{ ref('acknowledged_finding') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

evaluations as (
    select
        *,
        {{ finding_figures('int_rule_evaluation') }} as figures
    from {{ ref('int_rule_evaluation') }}
    where status <> 'pass' and not is_consequence
),

compared as (
    select
        acknowledgements.*,
        evaluations.figures as figures_now,
        case
            when documents.document_id is null then 'document_gone'
            when evaluations.evaluation_id is null then 'finding_gone'
            when coalesce(acknowledgements.figures, '') <> evaluations.figures then 'figures_changed'
            else 'in_force'
        end as state_alone
    from acknowledgements
    left join documents on acknowledgements.document_id = documents.document_id
    left join evaluations
        on acknowledgements.finding_id = evaluations.evaluation_id
        and acknowledgements.document_id = evaluations.document_id
)

select
    finding_id,
    document_id,
    rule_id,
    acknowledged_on,
    acknowledged_by,
    reason,
    figures,
    figures_now,
    -- Decided anew on the figures of today: the older decision has done its work.
    case
        when state_alone = 'figures_changed' and bool_or(state_alone = 'in_force') over (partition by finding_id)
            then 'decided_anew'
        else state_alone
    end as state
from compared
