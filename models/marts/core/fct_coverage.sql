-- Grain: one form of one document: the nine standard forms, and every other form the paper names in
-- its own list of tables or prints.
with documents as (select * from {{ ref('int_document') }}),

forms as (select * from {{ ref('form') }}),

met_forms as (select * from {{ ref('stg_ledger__form') }}),

cells as (select * from {{ ref('int_form_cell') }}),

met as (
    select
        document_id,
        form,
        bool_or(state = 'present') as is_printed,
        bool_or(state = 'declared_empty') as is_declared_empty,
        bool_or(state = 'announced') as is_announced,
        min(title_printed) as title_printed,
        min(page) as page,
        min(cut_reason) as cut_reason
    from met_forms
    group by document_id, form
),

expected as (
    select documents.document_id, forms.form
    from documents
    cross join forms
    where forms.is_standard
        and coalesce(documents.fiscal_year, 9999) >= coalesce(forms.owed_since, 0)
    union
    select document_id, form from met
),

counted as (
    select document_id, form, cast(count(*) as integer) as cell_count
    from cells
    group by document_id, form
),

final as (
    select
        expected.document_id,
        expected.form,
        case
            when met.is_printed and (counted.cell_count > 0 or not met.is_declared_empty) then 'present'
            when met.is_declared_empty then 'declared_empty'
            else 'missing'
        end as status,
        coalesce(forms.is_standard, false) as is_standard,
        coalesce(met.is_announced, false) as is_announced,
        coalesce(counted.cell_count, 0) as cell_count,
        met.title_printed,
        met.page,
        met.cut_reason
    from expected
    left join met using (document_id, form)
    left join counted using (document_id, form)
    left join forms using (form)
)

select * from final
order by document_id, form
