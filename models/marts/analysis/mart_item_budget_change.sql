-- Grain: one item of one budget: this year's budget, the change it states, and last year's budget
-- the two imply.
with expenditure as (
    select * from {{ ref('fct_expenditure') }}
    where phase = 'initial_budget' and fund = 'general_public' and nature = 'total' and row_role = 'detail'
),

claims as (select * from {{ ref('fct_claim') }} where metric = 'yoy_pct' and section_key = 'general_public'),

documents as (select * from {{ ref('dim_document') }} where document_kind = 'budget'),

functions as (select * from {{ ref('dim_function') }}),

implied as (select * from expenditure where source = 'implied'),

stated as (select * from expenditure where source <> 'implied'),

printed_pct as (
    select document_id, function_code, year, min(value) as change_pct_printed
    from claims
    where function_code is not null
    group by all
    having count(distinct value) = 1
),

final as (
    select
        stated.document_id,
        stated.department_id,
        stated.fiscal_year,
        stated.function_code,
        functions.function_name,
        stated.amount_cny as budget_cny,
        cast(stated.amount_cny - implied.amount_cny as decimal(20, 2)) as change_cny,
        implied.amount_cny as prior_year_budget_cny,
        printed_pct.change_pct_printed,
        stated.source
    from stated
    inner join documents on stated.document_id = documents.document_id
    inner join implied
        on stated.document_id = implied.document_id
        and stated.function_code = implied.function_code
        and stated.fiscal_year = implied.fiscal_year + 1
    left join functions on stated.function_code = functions.function_code
    left join printed_pct
        on stated.document_id = printed_pct.document_id
        and stated.function_code = printed_pct.function_code
        and stated.fiscal_year = printed_pct.year
)

select * from final
order by document_id, fiscal_year, function_code
