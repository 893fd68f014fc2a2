-- Grain: one row of a form that a document prints, with the key of the row above it.
-- Rows without an amount count: they tell a figure left blank from a line the form never had.
with form_lines as (select * from {{ ref('int_form_line') }}),

cells as (select * from {{ ref('int_rule_printed_cell') }}),

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
        nullif(regexp_extract(row_key, '^unit:([0-9]+)[^/]*$', 1), '') as unit_code
    from printed
    group by document_id, form, row_key
),

-- A unit stands below the unit whose code begins its own, else below the total.
parents_of_units as (
    select
        units.document_id,
        units.form,
        units.row_key,
        max_by(parents.row_key, (length(parents.unit_code), parents.row_key)) as parent_key
    from once as units
    inner join once as parents
        on units.document_id = parents.document_id
        and units.form = parents.form
        and starts_with(units.unit_code, parents.unit_code)
        and length(units.unit_code) > length(parents.unit_code)
    group by units.document_id, units.form, units.row_key
),

-- Where units have no codes, the first may be the department whole: it prints what the total prints.
units_in_order as (
    select
        form_lines.document_id,
        form_lines.form,
        form_lines.row_key,
        cells.amount_cny,
        row_number() over units as place,
        count(*) over (partition by form_lines.document_id, form_lines.form) as unit_count
    from form_lines
    left join cells
        on form_lines.document_id = cells.document_id
        and form_lines.form = cells.form
        and form_lines.row_key = cells.row_key
        and cells.measure = 'total'
    where regexp_full_match(form_lines.row_key, 'unit:[^0-9/][^/]*')
    window units as (
        partition by form_lines.document_id, form_lines.form
        order by form_lines.table_no, form_lines.row_no, form_lines.block_no
    )
),

departments as (
    select units_in_order.document_id, units_in_order.form, units_in_order.row_key
    from units_in_order
    inner join cells as totals
        on units_in_order.document_id = totals.document_id
        and units_in_order.form = totals.form
        and totals.row_key = 'total'
        and totals.measure = 'total'
        and units_in_order.amount_cny = totals.amount_cny
    where units_in_order.place = 1 and units_in_order.unit_count > 1
)

select
    once.document_id,
    once.form,
    once.row_key,
    coalesce(
        once.parent_key,
        parents_of_units.parent_key,
        case when units_in_order.place > 1 then departments.row_key end,
        case when starts_with(once.row_key, 'unit:') then 'total' end
    ) as parent_key
from once
left join parents_of_units
    on once.document_id = parents_of_units.document_id
    and once.form = parents_of_units.form
    and once.row_key = parents_of_units.row_key
left join units_in_order
    on once.document_id = units_in_order.document_id
    and once.form = units_in_order.form
    and once.row_key = units_in_order.row_key
left join departments
    on once.document_id = departments.document_id
    and once.form = departments.form
