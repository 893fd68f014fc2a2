-- Grain: one body, fiscal year, phase, fund and harmonised function code (or total), as printed on
-- that level, from the one paper that speaks for the body. Without a crosswalk a code means itself.
with expenditure as (select * from {{ ref('fct_expenditure') }} where is_preferred and nature = 'total'),

documents as (select * from {{ ref('int_document') }}),

departments as (select * from {{ ref('dim_department') }}),

-- A body that changed its name may be told under both.
spoken as (
    select
        expenditure.*,
        departments.current_department_id as body_id,
        dense_rank() over (
            partition by
                departments.current_department_id, expenditure.fiscal_year, expenditure.phase, expenditure.fund
            order by {{ telling_order('expenditure.source', 'documents') }}
        ) as telling_rank
    from expenditure
    inner join documents on expenditure.document_id = documents.document_id
    inner join departments on expenditure.department_id = departments.department_id
),

harmonised as (
    select
        *,
        function_code as harmonised_code,
        cast(1 as decimal(9, 6)) as weight
    from spoken
    where telling_rank = 1
),

final as (
    select
        body_id,
        fiscal_year,
        phase,
        fund,
        harmonised_code,
        cast(sum(amount_cny * weight) as decimal(20, 2)) as amount_cny,
        cast(sum(precision_cny) as decimal(20, 2)) as precision_cny,
        list_sort(list_distinct(list(function_code))) as printed_codes,
        min(source) as source,
        min(document_id) as document_id
    from harmonised
    group by body_id, fiscal_year, phase, fund, harmonised_code
)

select * from final
