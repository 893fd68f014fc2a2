-- Grain: one broken equation and one figure that it may lack, because the form has no such row: a row
-- that another form of the document prints under the same code (other_form), or a line that the
-- identity names.
with identities as (select * from {{ ref('int_rule_identity') }} where status in ('fail', 'missing')),

terms as (select * from {{ ref('int_rule_term') }} where relation = 'eq'),

lines as (select * from {{ ref('int_rule_line') }}),

form_lines as (select * from {{ ref('int_form_line') }} where code is not null),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

slots as (select * from {{ ref('int_rule_slot') }}),

broken_sums as (
    select
        identities.document_id,
        identities.rule_id,
        identities.instance_key,
        identities.left_form as form,
        identities.left_row_key as parent_key,
        identities.left_measure as measure
    from identities
    inner join terms
        on identities.rule_id = terms.rule_id
        and identities.left_form = terms.form
        and terms.is_children
        and terms.side = 'right'
),

forms_with_broken_sums as (
    select distinct document_id, form from broken_sums
),

codes_of_forms as (
    select document_id, form, code, bool_or(row_key = code) as is_row_key
    from form_lines
    where classification = 'function'
    group by all
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
        and others.is_row_key
    anti join codes_of_forms as own
        on forms_with_broken_sums.document_id = own.document_id
        and forms_with_broken_sums.form = own.form
        and others.code = own.code
    left join codes_of_forms as ancestors
        on forms_with_broken_sums.document_id = ancestors.document_id
        and forms_with_broken_sums.form = ancestors.form
        and starts_with(others.code, ancestors.code)
    group by all
),

of_other_forms as (
    select
        broken_sums.document_id,
        broken_sums.rule_id,
        broken_sums.instance_key,
        broken_sums.form,
        absent_rows.code as row_key,
        broken_sums.measure,
        -1 as coefficient,
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
),

-- A line that the identity names outright.
of_named_lines as (
    select
        identities.document_id,
        identities.rule_id,
        identities.instance_key,
        terms.form,
        terms.row_term as row_key,
        case when terms.measure_term = '@measure' then identities.left_measure else terms.measure_term end as measure,
        case terms.side when 'left' then terms.sign else -terms.sign end as coefficient
    from identities
    inner join terms on identities.rule_id = terms.rule_id and terms.is_literal_row and not terms.has_stand_in
    anti join lines
        on identities.document_id = lines.document_id
        and terms.form = lines.form
        and terms.row_term = lines.row_key
),

-- A row that one identity misses (a class of the summary, say) would stand in the sums of the rows of
-- its shape.
owed_rows as (
    select distinct document_id, right_form as form, right_row_key as row_key, right_measure as measure
    from identities
    where status = 'missing' and right_slots = 0 and regexp_full_match(right_row_key, '[a-z]+/[0-9]{3}')
),

of_sums_of_classes as (
    select distinct
        owed_rows.document_id,
        identities.rule_id,
        identities.instance_key,
        owed_rows.form,
        owed_rows.row_key,
        owed_rows.measure,
        slots.sign * case slots.side when 'left' then 1 else -1 end as coefficient
    from owed_rows
    inner join slots
        on owed_rows.document_id = slots.document_id
        and owed_rows.form = slots.form
        and owed_rows.measure = slots.measure
        and regexp_full_match(slots.row_key, '[a-z]+/[0-9]{3}')
        and split_part(owed_rows.row_key, '/', 1) = split_part(slots.row_key, '/', 1)
        -- Not an identity of one row.
        and slots.bound_row = ''
    inner join identities
        on slots.document_id = identities.document_id
        and slots.rule_id = identities.rule_id
        and concat_ws('|', slots.bound_row, slots.measure_prefix || slots.bound_measure) = identities.instance_key
)

select * from of_other_forms
union all by name
select * from of_named_lines
union all by name
select * from of_sums_of_classes
