-- Grain: one row of a form that a document prints, with the key of the row above it.
-- Rows without an amount count: they tell a figure left blank from a line the form never had.
with form_lines as (select * from {{ ref('int_form_line') }}),

cells as (select * from {{ ref('int_rule_cell') }}),

printed as (
    select document_id, form, row_key, parent_key
    from form_lines
    union all
    select document_id, form, row_key, null as parent_key
    from cells
),

once as (
    select
        document_id,
        form,
        row_key,
        coalesce(max(parent_key), case when starts_with(row_key, 'unit:') then 'total' end) as parent_key
    from printed
    group by document_id, form, row_key
)

select document_id, form, row_key, parent_key from once
