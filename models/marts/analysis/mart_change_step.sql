-- Grain: one step of the way from last year's expenditure to this year's, of one body, year, phase and
-- fund: the total before, each harmonised function class, what the classes leave unsaid, the total now.
-- A class that one of the years does not print counts there as nothing, and appeared or vanished says so;
-- where one of the years tells no class at all, nothing is said by class.
with amounts as (select * from {{ ref('int_harmonised_expenditure') }}),

comparability as (
    select * from {{ ref('int_comparability') }}
    where phase = other_phase and fiscal_year = other_fiscal_year + 1
),

functions as (select * from {{ ref('dim_function') }}),

totals as (
    select
        this_year.body_id,
        this_year.fiscal_year,
        this_year.phase,
        this_year.fund,
        last_year.amount_cny as previous_cny,
        this_year.amount_cny,
        last_year.document_id as previous_document_id,
        this_year.document_id
    from amounts as this_year
    inner join amounts as last_year
        on this_year.body_id = last_year.body_id
        and this_year.fiscal_year = last_year.fiscal_year + 1
        and this_year.phase = last_year.phase
        and this_year.fund = last_year.fund
        and last_year.harmonised_code = 'total'
    where this_year.harmonised_code = 'total'
),

classes as (select * from amounts where length(harmonised_code) = 3),

told_years as (select distinct body_id, fiscal_year, phase, fund from classes),

told_pairs as (
    select totals.*
    from totals
    inner join told_years using (body_id, fiscal_year, phase, fund)
    inner join told_years as before
        on totals.body_id = before.body_id
        and totals.fiscal_year = before.fiscal_year + 1
        and totals.phase = before.phase
        and totals.fund = before.fund
),

-- Each class that either year prints.
class_amounts as (
    select totals.body_id, totals.fiscal_year, totals.phase, totals.fund, classes.harmonised_code,
        classes.amount_cny, cast(null as decimal(20, 2)) as previous_cny
    from told_pairs as totals
    inner join classes using (body_id, fiscal_year, phase, fund)
    union all
    select totals.body_id, totals.fiscal_year, totals.phase, totals.fund, classes.harmonised_code,
        cast(null as decimal(20, 2)), classes.amount_cny
    from told_pairs as totals
    inner join classes
        on totals.body_id = classes.body_id
        and totals.fiscal_year = classes.fiscal_year + 1
        and totals.phase = classes.phase
        and totals.fund = classes.fund
),

class_steps as (
    select
        body_id, fiscal_year, phase, fund, harmonised_code,
        max(amount_cny) as amount_cny,
        max(previous_cny) as previous_cny,
        cast(coalesce(max(amount_cny), 0) - coalesce(max(previous_cny), 0) as decimal(20, 2)) as change_cny
    from class_amounts
    group by body_id, fiscal_year, phase, fund, harmonised_code
),

explained as (
    select body_id, fiscal_year, phase, fund, cast(sum(change_cny) as decimal(20, 2)) as change_cny
    from class_steps
    group by body_id, fiscal_year, phase, fund
),

steps as (
    select body_id, fiscal_year, phase, fund, 0 as step_group, 'previous_total' as step, 'previous_total' as kind,
        cast(null as decimal(20, 2)) as amount_cny, previous_cny, cast(null as decimal(20, 2)) as change_cny
    from totals
    union all by name
    select body_id, fiscal_year, phase, fund, 1 as step_group, harmonised_code as step,
        case when previous_cny is null then 'appeared' when amount_cny is null then 'vanished' else 'changed' end as kind,
        amount_cny, previous_cny, change_cny
    from class_steps
    union all by name
    select totals.body_id, totals.fiscal_year, totals.phase, totals.fund, 2 as step_group, 'unsaid' as step,
        'unsaid' as kind, cast(null as decimal(20, 2)) as amount_cny, cast(null as decimal(20, 2)) as previous_cny,
        cast(totals.amount_cny - totals.previous_cny - coalesce(explained.change_cny, 0) as decimal(20, 2)) as change_cny
    from totals
    left join explained using (body_id, fiscal_year, phase, fund)
    where totals.amount_cny - totals.previous_cny <> coalesce(explained.change_cny, 0)
    union all by name
    select body_id, fiscal_year, phase, fund, 3 as step_group, 'total' as step, 'total' as kind, amount_cny,
        cast(null as decimal(20, 2)) as previous_cny, cast(null as decimal(20, 2)) as change_cny
    from totals
),

final as (
    select
        steps.body_id as department_id,
        steps.fiscal_year,
        steps.phase,
        steps.fund,
        cast(row_number() over (
            partition by steps.body_id, steps.fiscal_year, steps.phase, steps.fund
            order by steps.step_group, abs(steps.change_cny) desc, steps.step
        ) as integer) as step_no,
        steps.kind,
        case when steps.step_group = 1 then steps.step end as harmonised_code,
        functions.function_name as harmonised_name,
        steps.previous_cny,
        steps.amount_cny,
        steps.change_cny,
        cast(round(100 * steps.change_cny / nullif(totals.amount_cny - totals.previous_cny, 0), 4) as decimal(24, 4))
            as contribution_pct,
        totals.previous_document_id,
        totals.document_id,
        comparability.verdict as comparability,
        comparability.reasons as comparability_reasons
    from steps
    inner join totals using (body_id, fiscal_year, phase, fund)
    left join functions on steps.step_group = 1 and steps.step = functions.function_code
    left join comparability
        on steps.body_id = comparability.body_id
        and steps.fiscal_year = comparability.fiscal_year
        and steps.phase = comparability.phase
)

select * from final
order by department_id, fiscal_year, phase, fund, step_no
