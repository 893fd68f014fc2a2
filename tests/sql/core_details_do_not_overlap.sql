{{ config(meta={'by_document': true}) }}
-- Where two rows of one figure lie on one branch, only the deeper one may be a detail.
with expenditure as (select * from {{ ref('fct_expenditure') }}),

overlapping as (
    select
        upper.document_id,
        upper.phase,
        upper.fund,
        upper.nature,
        upper.function_code,
        deeper.function_code as deeper_code
    from expenditure as upper
    inner join expenditure as deeper
        on upper.document_id = deeper.document_id
        and upper.fiscal_year = deeper.fiscal_year
        and upper.phase = deeper.phase
        and upper.fund = deeper.fund
        and upper.nature = deeper.nature
        and upper.function_code <> deeper.function_code
        and starts_with(deeper.function_code, upper.function_code)
    where upper.row_role = 'detail'
)

select * from overlapping
