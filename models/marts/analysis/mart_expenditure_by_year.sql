-- Grain: one department, fiscal year, phase, fund and function class; each figure from the one paper
-- that speaks for the department.
with expenditure as (
    select * from {{ ref('fct_expenditure') }}
    where is_preferred and nature = 'total' and row_role = 'detail'
),

departments as (select * from {{ ref('dim_department') }}),

functions as (select * from {{ ref('dim_function') }}),

by_class as (
    select
        department_id,
        fiscal_year,
        phase,
        fund,
        left(function_code, 3) as function_class,
        cast(sum(amount_cny) as decimal(20, 2)) as amount_cny,
        min(source) as source,
        min(document_id) as document_id
    from expenditure
    where department_id is not null
    group by all
),

final as (
    select
        by_class.department_id,
        departments.department_name,
        departments.current_department_id,
        departments.district_code,
        by_class.fiscal_year,
        by_class.phase,
        by_class.fund,
        by_class.function_class,
        functions.function_name as function_class_name,
        by_class.amount_cny,
        by_class.source,
        by_class.document_id
    from by_class
    inner join departments on by_class.department_id = departments.department_id
    left join functions on by_class.function_class = functions.function_code
)

select * from final
order by department_id, fiscal_year, phase, fund, function_class
