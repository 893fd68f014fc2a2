-- Grain: one amount of the income form: document, phase, function code (or row) and kind of income.
-- Kinds other than 'total' are parts of it; among the codes sum row_role 'detail'.
with cells as (select * from {{ ref('int_phased_cell') }} where form = 'income'),

final as (
    select
        department_id,
        fiscal_year,
        phase,
        base_measure as income_kind,
        row_key,
        code as function_code,
        amount_cny,
        document_id,
        {{ deepest_row_role() }} as row_role,
        row_name,
        precision_cny,
        page
    from cells
)

select * from final
order by document_id, phase, row_key, income_kind
