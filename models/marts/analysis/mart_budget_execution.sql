-- Grain: one body, fiscal year, fund and harmonised function code (or total) of which a budget and the
-- final account are told, or either of them in a year that tells both. Add up one level only.
with amounts as (select * from {{ ref('int_harmonised_expenditure') }}),

comparability as (
    select * from {{ ref('int_comparability') }}
    where fiscal_year = other_fiscal_year and phase = 'final'
),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

functions as (select * from {{ ref('dim_function') }}),

executed_years as (
    select body_id, fiscal_year, fund
    from amounts
    group by body_id, fiscal_year, fund
    having bool_or(phase = 'final') and bool_or(phase <> 'final')
),

by_code as (
    select
        amounts.body_id,
        amounts.fiscal_year,
        amounts.fund,
        amounts.harmonised_code,
        max(amounts.amount_cny) filter (where amounts.phase = 'initial_budget') as initial_budget_cny,
        max(amounts.amount_cny) filter (where amounts.phase = 'adjusted_budget') as adjusted_budget_cny,
        max(amounts.amount_cny) filter (where amounts.phase = 'final') as final_cny,
        max(amounts.source) filter (where amounts.phase = 'initial_budget') as initial_budget_source,
        max(amounts.source) filter (where amounts.phase = 'adjusted_budget') as adjusted_budget_source,
        max(amounts.source) filter (where amounts.phase = 'final') as final_source,
        max(amounts.document_id) filter (where amounts.phase = 'initial_budget') as initial_budget_document_id,
        max(amounts.document_id) filter (where amounts.phase = 'adjusted_budget') as adjusted_budget_document_id,
        max(amounts.document_id) filter (where amounts.phase = 'final') as final_document_id
    from amounts
    inner join executed_years using (body_id, fiscal_year, fund)
    group by all
),

-- Against the initial budget where there is one, else against the adjusted. A rank, as one row of each phase is
-- there: DuckDB 2.0 fails over row_number() = 1 where rows are read by their rowid (portions.sql).
first_budget as (
    select *
    from comparability
    qualify rank() over (
        partition by body_id, fiscal_year
        order by case other_phase when 'initial_budget' then 0 else 1 end
    ) = 1
),

final as (
    select
        by_code.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        by_code.fiscal_year,
        by_code.fund,
        by_code.harmonised_code,
        coalesce(functions.function_name, case by_code.harmonised_code when 'total' then '合计' end) as harmonised_name,
        case length(by_code.harmonised_code) when 3 then 'class' when 7 then 'item' else
            case by_code.harmonised_code when 'total' then 'total' else 'group' end
        end as level,
        by_code.initial_budget_cny,
        by_code.adjusted_budget_cny,
        by_code.final_cny,
        cast(by_code.final_cny - by_code.initial_budget_cny as decimal(20, 2)) as change_on_initial_cny,
        {{ per_cent('by_code.final_cny', 'by_code.initial_budget_cny') }} as completion_of_initial_pct,
        {{ per_cent('by_code.final_cny', 'by_code.adjusted_budget_cny') }} as completion_of_adjusted_pct,
        by_code.initial_budget_source,
        by_code.adjusted_budget_source,
        by_code.final_source,
        by_code.initial_budget_document_id,
        by_code.adjusted_budget_document_id,
        by_code.final_document_id,
        first_budget.verdict as comparability,
        first_budget.reasons as comparability_reasons
    from by_code
    inner join departments on by_code.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join functions on by_code.harmonised_code = functions.function_code
    left join first_budget
        on by_code.body_id = first_budget.body_id and by_code.fiscal_year = first_budget.fiscal_year
)

select * from final
order by department_id, fiscal_year, fund, harmonised_code
