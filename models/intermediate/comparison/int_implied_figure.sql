-- Grain: one figure of last year that a paper implies: its own figure of this year less the change
-- it states. The figure is named by the form cell that holds it this year; what the form prints
-- counts before what the sentence repeats.
with changes as (
    select * from {{ ref('int_claim') }}
    where metric in ('yoy_change', 'vs_prior_final_change')
        and year = fiscal_year and value_cny is not null and project_name is null
),

meanings as (
    select * from {{ ref('int_claim_meaning') }}
    where metric = case document_kind when 'budget' then 'budget' else 'final_actual' end
),

contradicted as (select * from {{ ref('int_claim_check') }} where status = 'fail'),

cells as (select * from {{ ref('int_form_cell') }} where amount_cny is not null),

-- The change is of what the same words mean beside a level of the same section.
meant as (
    select
        changes.document_id,
        changes.claim_id,
        changes.fiscal_year - 1 as fiscal_year,
        -- A budget may compare with what last year was spent.
        case
            when meanings.document_kind = 'budget' and changes.metric = 'yoy_change' then 'initial_budget'
            else 'final'
        end as phase,
        meanings.form,
        meanings.row_key,
        meanings.measure,
        coalesce(cells.amount_cny, meanings.value_cny) as own_cny,
        coalesce(cells.precision_cny, meanings.precision_cny) as own_precision_cny,
        changes.value_cny as change_cny,
        changes.precision_cny as change_precision_cny,
        changes.snippet_offset,
        changes.page
    from changes
    inner join meanings
        on changes.document_id = meanings.document_id
        and changes.section_key = meanings.section_key
        and changes.subject = meanings.subject
        and changes.function_code is not distinct from meanings.function_code
    left join cells
        on meanings.document_id = cells.document_id
        and meanings.form = cells.form
        and meanings.row_key = cells.row_key
        and meanings.measure = cells.measure
    left join contradicted
        on meanings.document_id = contradicted.document_id
        and meanings.section_key = contradicted.section_key
        and meanings.snippet_offset = contradicted.snippet_offset
        and meanings.subject = contradicted.subject
        and meanings.metric = contradicted.metric
        and meanings.value_printed = contradicted.value_printed
    -- Nothing follows from a sentence that a table contradicts, where no form prints the figure.
    where cells.amount_cny is not null or contradicted.document_id is null
    qualify row_number() over (
        partition by changes.claim_id
        order by cells.amount_cny is null, meanings.meaning_no, meanings.snippet_offset, meanings.value_cny
    ) = 1
),

first_stated as (
    select *
    from meant
    qualify row_number() over (
        partition by document_id, phase, form, row_key, measure
        order by snippet_offset, claim_id
    ) = 1
),

final as (
    select
        document_id,
        fiscal_year,
        phase,
        form,
        row_key,
        measure,
        cast(own_cny - change_cny as decimal(20, 2)) as amount_cny,
        cast(own_precision_cny + change_precision_cny as decimal(20, 2)) as precision_cny,
        claim_id,
        page
    from first_stated
)

select * from final
