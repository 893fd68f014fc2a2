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
        max(parent_key) as parent_key,
        nullif(regexp_extract(row_key, '^unit:([0-9]+)', 1), '') as unit_code
    from printed
    group by document_id, form, row_key
),

-- A unit stands below the unit whose code begins its own, else below the total.
parents_of_units as (
    select
        units.document_id,
        units.form,
        units.row_key,
        max_by(parents.row_key, length(parents.unit_code)) as parent_key
    from once as units
    inner join once as parents
        on units.document_id = parents.document_id
        and units.form = parents.form
        and starts_with(units.unit_code, parents.unit_code)
        and length(units.unit_code) > length(parents.unit_code)
    group by units.document_id, units.form, units.row_key
)

select
    once.document_id,
    once.form,
    once.row_key,
    coalesce(
        once.parent_key,
        parents_of_units.parent_key,
        case when starts_with(once.row_key, 'unit:') then 'total' end
    ) as parent_key
from once
left join parents_of_units
    on once.document_id = parents_of_units.document_id
    and once.form = parents_of_units.form
    and once.row_key = parents_of_units.row_key
