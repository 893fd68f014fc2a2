-- Grain: one body, fiscal year, phase and economic code of general public basic expenditure, from the
-- one paper that speaks for the body, beside the printed total of its form or the sum of its two parts.
with basic as (select * from {{ ref('fct_basic_expenditure') }}),

documents as (select * from {{ ref('int_document') }}),

departments as (select * from {{ ref('dim_department') }}),

of_basic as (
    select
        departments.current_department_id as body_id,
        basic.*,
        dense_rank() over (
            partition by departments.current_department_id, basic.fiscal_year, basic.phase
            order by {{ telling_order("'form'", 'documents') }}
        ) as telling_rank
    from basic
    inner join documents on basic.document_id = documents.document_id
    inner join departments on basic.department_id = departments.department_id
    where basic.measure in ('amount', 'total')
),

basic_totals as (
    select body_id, fiscal_year, phase, cast(sum(amount_cny) as decimal(20, 2)) as total_cny
    from of_basic
    where telling_rank = 1 and row_key in ('personnel_total', 'public_total')
    group by body_id, fiscal_year, phase
    having count(*) = 2
),

final as (
    select
        of_basic.body_id,
        of_basic.fiscal_year,
        of_basic.phase,
        of_basic.economic_code,
        cast(sum(of_basic.amount_cny) as decimal(20, 2)) as amount_cny,
        coalesce(
            max(printed_totals.amount_cny),
            max(basic_totals.total_cny)
        ) as total_cny,
        min(of_basic.document_id) as document_id,
        min(of_basic.row_key) as row_key,
        min(of_basic.measure) as measure
    from of_basic
    left join of_basic as printed_totals
        on of_basic.document_id = printed_totals.document_id
        and of_basic.phase = printed_totals.phase
        and of_basic.measure = printed_totals.measure
        and printed_totals.row_key = 'total'
    left join basic_totals
        on of_basic.body_id = basic_totals.body_id
        and of_basic.fiscal_year = basic_totals.fiscal_year
        and of_basic.phase = basic_totals.phase
    where of_basic.telling_rank = 1 and of_basic.economic_code is not null
    group by of_basic.body_id, of_basic.fiscal_year, of_basic.phase, of_basic.economic_code
)

select * from final
