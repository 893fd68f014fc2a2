{{ config(meta={'by_document': true}) }}
-- Items = groups = classes = total: in every paper, phase, fund and nature that a form tells, each row
-- is the sum of the rows next below it, within half a unit of the last place of each printed figure.
-- Fails too for a paper with an expenditure form of which nothing was compared. What a paper prints
-- wrong stands as printed and is excused by the finding that says so, never in silence.
with expenditure as (
    select document_id, fiscal_year, phase, fund, nature, form, function_code, amount_cny, precision_cny
    from {{ ref('fct_expenditure') }}
    where source = 'form'
),

cells as (
    select document_id, form from {{ ref('fct_form_cell') }}
    where form in ('expenditure', 'general_public_expenditure', 'government_fund', 'state_capital')
        and row_role in ('class', 'group', 'item')
        and measure = 'total'
        and amount_cny <> 0
),

-- A missing total is the whole form's fault; any other fault is that of the row whose sum it is, which
-- need not be the cell that the finding suspects, and of the rows above: a row whose figure is blank
-- hands its parts up.
findings as (
    select distinct
        found.document_id,
        evaluations.form,
        case found.kind
            when 'coverage' then 'total'
            else regexp_extract(evaluations.row_key, '([0-9]+|total)(#[0-9]+)?$', 1)
        end as function_code
    from {{ ref('fct_finding') }} as found
    inner join {{ ref('int_rule_evaluation') }} as evaluations on found.finding_id = evaluations.evaluation_id
    where found.kind in ('sum', 'coverage') and found.severity <> 'rounding'
),

-- The nearest printed level above: a group for an item, a class for either.
placed as (
    select
        lower_rows.*,
        coalesce(groups.function_code, classes.function_code, 'total') as parent_code
    from expenditure as lower_rows
    left join expenditure as groups
        on lower_rows.document_id = groups.document_id
        and lower_rows.fiscal_year = groups.fiscal_year
        and lower_rows.phase = groups.phase
        and lower_rows.fund = groups.fund
        and lower_rows.nature = groups.nature
        and left(lower_rows.function_code, 5) = groups.function_code
        and length(lower_rows.function_code) = 7
        and length(groups.function_code) = 5
    left join expenditure as classes
        on lower_rows.document_id = classes.document_id
        and lower_rows.fiscal_year = classes.fiscal_year
        and lower_rows.phase = classes.phase
        and lower_rows.fund = classes.fund
        and lower_rows.nature = classes.nature
        and left(lower_rows.function_code, 3) = classes.function_code
        and length(lower_rows.function_code) > 3
        and length(classes.function_code) = 3
    where lower_rows.function_code <> 'total'
),

sums as (
    select
        document_id, fiscal_year, phase, fund, nature, form, parent_code,
        sum(amount_cny) as parts_cny,
        sum(precision_cny) as parts_precision_cny
    from placed
    group by all
),

compared as (
    select
        sums.*,
        parents.amount_cny,
        -- A blank total is none where its parts come to something.
        abs(coalesce(parents.amount_cny, 0) - sums.parts_cny)
            <= 0.5 * (coalesce(parents.precision_cny, 0) + sums.parts_precision_cny) as agrees
    from sums
    left join expenditure as parents
        on sums.document_id = parents.document_id
        and sums.fiscal_year = parents.fiscal_year
        and sums.phase = parents.phase
        and sums.fund = parents.fund
        and sums.nature = parents.nature
        and sums.parent_code = parents.function_code
),

in_silence as (
    select compared.document_id, compared.form, 'differs from its parts' as fault, compared.parent_code
    from compared
    where not compared.agrees
        and not exists (
            select 1 from findings
            where findings.document_id = compared.document_id
                and findings.form = compared.form
                and (compared.parent_code = 'total' or starts_with(findings.function_code, compared.parent_code))
        )
),

left_out as (
    select cells.document_id, cells.form, 'not compared' as fault, cast(null as varchar) as parent_code
    from cells
    left join compared on cells.document_id = compared.document_id and cells.form = compared.form
    where compared.document_id is null
    group by cells.document_id, cells.form
)

select * from in_silence
union all
select * from left_out
