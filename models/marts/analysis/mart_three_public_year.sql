-- Grain: one body, fiscal year and one of the three public expenses (total, overseas, vehicle_…,
-- reception): its budget and what was spent, beside the year before. A budget whose phase the paper
-- leaves open has none here either.
with figures as (
    select * from {{ ref('int_figure_candidate') }}
    where is_preferred and body_id is not null and statement = 'three_public'
),

unsaid as (
    select * from {{ ref('fct_three_public') }} where row_key = 'budget' and phase is null
),

documents as (select * from {{ ref('int_document') }}),

comparability as (
    select * from {{ ref('int_comparability') }}
    where phase = other_phase and fiscal_year = other_fiscal_year + 1
),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

unsaid_of_bodies as (
    select
        departments.current_department_id as body_id,
        unsaid.fiscal_year,
        cast(null as varchar) as phase,
        unsaid.expense as nature,
        unsaid.amount_cny,
        unsaid.source,
        unsaid.document_id
    from unsaid
    inner join documents on unsaid.document_id = documents.document_id
    inner join departments on unsaid.department_id = departments.department_id
    qualify row_number() over (
        partition by departments.current_department_id, unsaid.fiscal_year, unsaid.expense
        order by {{ telling_order('unsaid.source', 'documents') }}
    ) = 1
),

all_figures as (
    select body_id, fiscal_year, phase, nature, amount_cny, source, document_id from figures
    union all by name
    select * from unsaid_of_bodies
),

-- The budget in force at the year's end counts before the one the year began with.
budgets as (
    select *
    from all_figures
    where phase is distinct from 'final'
    qualify row_number() over (
        partition by body_id, fiscal_year, nature
        order by case phase when 'adjusted_budget' then 0 when 'initial_budget' then 2 else 1 end
    ) = 1
),

actuals as (select * from all_figures where phase = 'final'),

by_year as (
    select
        coalesce(actuals.body_id, budgets.body_id) as body_id,
        coalesce(actuals.fiscal_year, budgets.fiscal_year) as fiscal_year,
        coalesce(actuals.nature, budgets.nature) as expense,
        budgets.amount_cny as budget_cny,
        budgets.phase as budget_phase,
        budgets.source as budget_source,
        budgets.document_id as budget_document_id,
        actuals.amount_cny as actual_cny,
        actuals.source as actual_source,
        actuals.document_id as actual_document_id
    from actuals
    full outer join budgets
        on actuals.body_id = budgets.body_id
        and actuals.fiscal_year = budgets.fiscal_year
        and actuals.nature = budgets.nature
),

changed as (
    select
        by_year.*,
        cast(by_year.actual_cny - previous.actual_cny as decimal(20, 2)) as actual_change_cny,
        {{ per_cent('by_year.actual_cny - previous.actual_cny', 'previous.actual_cny') }} as actual_change_pct,
        case when by_year.budget_phase = previous.budget_phase
            then cast(by_year.budget_cny - previous.budget_cny as decimal(20, 2))
        end as budget_change_cny
    from by_year
    left join by_year as previous
        on by_year.body_id = previous.body_id
        and by_year.fiscal_year = previous.fiscal_year + 1
        and by_year.expense = previous.expense
),

final as (
    select
        changed.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        changed.fiscal_year,
        changed.expense,
        changed.budget_cny,
        changed.budget_phase,
        changed.actual_cny,
        {{ per_cent('changed.actual_cny', 'changed.budget_cny') }} as completion_pct,
        changed.actual_change_cny,
        changed.actual_change_pct,
        changed.budget_change_cny,
        changed.budget_source,
        changed.budget_document_id,
        changed.actual_source,
        changed.actual_document_id,
        comparability.verdict as comparability,
        comparability.reasons as comparability_reasons
    from changed
    inner join departments on changed.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join comparability
        on changed.body_id = comparability.body_id
        and changed.fiscal_year = comparability.fiscal_year
        and comparability.phase = case
            when changed.actual_change_cny is not null then 'final'
            when changed.budget_change_cny is not null then changed.budget_phase
        end
)

select * from final
order by department_id, fiscal_year, expense
