-- Grain: one broken sum of the rows below a row, and one figure that it may lack: of a row that another
-- form of the document prints under the same code and this form does not have.
with identities as (select * from {{ ref('int_rule_identity') }} where status in ('fail', 'missing')),

terms as (select * from {{ ref('int_rule_term') }} where is_children and side = 'right'),

form_lines as (select * from {{ ref('int_form_line') }} where code is not null),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

broken_sums as (
    select
        identities.document_id,
        identities.rule_id,
        identities.instance_key,
        identities.left_form as form,
        identities.left_row_key as parent_key,
        identities.left_measure as measure
    from identities
    inner join terms on identities.rule_id = terms.rule_id and identities.left_form = terms.form
),

forms_with_broken_sums as (
    select distinct document_id, form from broken_sums
),

codes_of_forms as (
    select distinct document_id, form, classification, code
    from form_lines
    where row_key = code and classification = 'function'
),

-- Below which row of this form the code would stand: the nearest of its ancestors that is printed.
absent_rows as (
    select
        forms_with_broken_sums.document_id,
        forms_with_broken_sums.form,
        others.form as other_form,
        others.code,
        coalesce(max_by(ancestors.code, length(ancestors.code)), 'total') as parent_key
    from forms_with_broken_sums
    inner join codes_of_forms as others
        on forms_with_broken_sums.document_id = others.document_id
        and forms_with_broken_sums.form <> others.form
    anti join codes_of_forms as own
        on forms_with_broken_sums.document_id = own.document_id
        and forms_with_broken_sums.form = own.form
        and others.code = own.code
    left join codes_of_forms as ancestors
        on forms_with_broken_sums.document_id = ancestors.document_id
        and forms_with_broken_sums.form = ancestors.form
        and starts_with(others.code, ancestors.code)
    group by all
)

select
    broken_sums.document_id,
    broken_sums.rule_id,
    broken_sums.instance_key,
    broken_sums.form,
    absent_rows.code as row_key,
    broken_sums.measure,
    cells.form as other_form,
    cells.amount_cny as other_amount_cny,
    cells.precision_cny as other_precision_cny
from broken_sums
inner join absent_rows
    on broken_sums.document_id = absent_rows.document_id
    and broken_sums.form = absent_rows.form
    and broken_sums.parent_key = absent_rows.parent_key
left join cells
    on absent_rows.document_id = cells.document_id
    and absent_rows.other_form = cells.form
    and absent_rows.code = cells.row_key
    and broken_sums.measure = cells.measure
