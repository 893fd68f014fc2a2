-- Grain: one amount of the basic expenditure form: document, phase, economic code (or block total)
-- and measure. Sum row_role 'detail' of one measure and nothing counts twice.
with cells as (select * from {{ ref('int_phased_cell') }} where form = 'basic_expenditure'),

final as (
    select
        department_id,
        fiscal_year,
        phase,
        row_key,
        case when classification = 'economic' then code end as economic_code,
        case when classification = 'government_economic' then code end as government_economic_code,
        base_measure as measure,
        amount_cny,
        document_id,
        {{ deepest_row_role() }} as row_role,
        row_name,
        amount_source,
        precision_cny,
        page
    from cells
)

select * from final
order by document_id, phase, row_key, measure
