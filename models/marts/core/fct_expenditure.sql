-- Grain: one expenditure amount per document, fiscal year, phase, fund, nature and function code.
-- Sum row_role 'detail' and nothing counts twice: a detail is the deepest level printed.
with amounts as (select * from {{ ref('int_expenditure') }}),

documents as (select * from {{ ref('int_document') }}),

has_deeper as (
    select distinct
        upper.document_id,
        upper.fiscal_year,
        upper.phase,
        upper.fund,
        upper.nature,
        upper.function_code
    from amounts as upper
    inner join amounts as deeper
        on upper.document_id = deeper.document_id
        and upper.fiscal_year = deeper.fiscal_year
        and upper.phase = deeper.phase
        and upper.fund = deeper.fund
        and upper.nature = deeper.nature
        and starts_with(deeper.function_code, upper.function_code)
        and length(deeper.function_code) > length(upper.function_code)
),

-- Several papers may tell the same figure; one of them speaks for the department.
tellings as (
    select distinct document_id, fiscal_year, phase, fund, nature, source
    from amounts
),

preferred as (
    select
        tellings.*,
        row_number() over (
            partition by
                coalesce(documents.department_id, documents.document_id),
                tellings.fiscal_year, tellings.phase, tellings.fund, tellings.nature
            order by
                {{ telling_order('tellings.source', 'documents') }}
        ) = 1 as is_preferred
    from tellings
    inner join documents on tellings.document_id = documents.document_id
),

final as (
    select
        documents.department_id,
        amounts.fiscal_year,
        amounts.phase,
        amounts.fund,
        amounts.nature,
        amounts.function_code,
        amounts.amount_cny,
        amounts.document_id,
        case
            when amounts.function_code = 'total' then 'total'
            when has_deeper.document_id is not null then 'subtotal'
            else 'detail'
        end as row_role,
        amounts.source,
        preferred.is_preferred,
        documents.district_code,
        amounts.precision_cny,
        amounts.form,
        amounts.row_key,
        amounts.page
    from amounts
    inner join preferred using (document_id, fiscal_year, phase, fund, nature, source)
    left join has_deeper using (document_id, fiscal_year, phase, fund, nature, function_code)
    inner join documents on amounts.document_id = documents.document_id
)

select * from final
order by document_id, fiscal_year, phase, fund, nature, function_code
