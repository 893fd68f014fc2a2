-- Grain: one body, fiscal year, phase, fund and harmonised function code (or total), beside the year
-- before. Every printed level is there: add up one level only. A code that the year before does not
-- print has no change.
with amounts as (select * from {{ ref('int_harmonised_expenditure') }}),

prices as (select * from {{ ref('int_price_index') }}),

comparability as (
    select * from {{ ref('int_comparability') }}
    where phase = other_phase and fiscal_year = other_fiscal_year + 1
),

departments as (select * from {{ ref('dim_department') }}),

districts as (select * from {{ ref('dim_district') }}),

functions as (select * from {{ ref('dim_function') }}),

changed as (
    select
        amounts.*,
        previous.amount_cny as previous_cny,
        previous.document_id as previous_document_id,
        previous.source as previous_source,
        cast(amounts.amount_cny - previous.amount_cny as decimal(20, 2)) as change_cny
    from amounts
    left join amounts as previous
        on amounts.body_id = previous.body_id
        and amounts.fiscal_year = previous.fiscal_year + 1
        and amounts.phase = previous.phase
        and amounts.fund = previous.fund
        and amounts.harmonised_code = previous.harmonised_code
),

totals as (select * from changed where harmonised_code = 'total'),

final as (
    select
        changed.body_id as department_id,
        departments.department_name,
        departments.district_code,
        districts.district_name,
        changed.fiscal_year,
        changed.phase,
        changed.fund,
        changed.harmonised_code,
        coalesce(functions.function_name, case changed.harmonised_code when 'total' then '合计' end) as harmonised_name,
        case length(changed.harmonised_code) when 3 then 'class' when 7 then 'item' else
            case changed.harmonised_code when 'total' then 'total' else 'group' end
        end as level,
        changed.printed_codes,
        changed.amount_cny,
        cast(changed.amount_cny * prices.to_base_prices as decimal(20, 2)) as amount_real_cny,
        {{ per_cent('changed.amount_cny', 'totals.amount_cny') }} as share_pct,
        changed.previous_cny,
        changed.change_cny,
        {{ per_cent('changed.change_cny', 'changed.previous_cny') }} as change_pct,
        cast(round(100 * changed.change_cny / nullif(totals.change_cny, 0), 4) as decimal(24, 4)) as contribution_pct,
        changed.source,
        changed.document_id,
        changed.previous_source,
        changed.previous_document_id,
        case when changed.previous_cny is not null then comparability.verdict end as comparability,
        case when changed.previous_cny is not null then comparability.reasons end as comparability_reasons
    from changed
    inner join departments on changed.body_id = departments.department_id
    left join districts on departments.district_code = districts.district_code
    left join functions on changed.harmonised_code = functions.function_code
    left join prices on changed.fiscal_year = prices.fiscal_year
    left join totals
        on changed.body_id = totals.body_id
        and changed.fiscal_year = totals.fiscal_year
        and changed.phase = totals.phase
        and changed.fund = totals.fund
    left join comparability
        on changed.body_id = comparability.body_id
        and changed.fiscal_year = comparability.fiscal_year
        and changed.phase = comparability.phase
)

select * from final
order by department_id, fiscal_year, phase, fund, harmonised_code
