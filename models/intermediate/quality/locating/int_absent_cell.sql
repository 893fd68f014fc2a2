{%- set class_row = "'((income|expenditure)/)?[0-9]{3}'" %}
-- Grain: one broken equation, one figure that it may lack because the form has no such row, and one
-- figure printed elsewhere that says what it would be (witness): the same row of another form, or the
-- rows below it added up. What may lack: a code that another form prints, a line that the identity
-- names, a class beside the classes it adds up.
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
absent_codes as (
    select
        forms_with_broken_sums.document_id,
        forms_with_broken_sums.form,
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
    group by forms_with_broken_sums.document_id, forms_with_broken_sums.form, others.code
),

of_codes as (
    select
        broken_sums.document_id,
        broken_sums.rule_id,
        broken_sums.instance_key,
        broken_sums.form,
        absent_codes.code as row_key,
        broken_sums.measure,
        -1 as coefficient
    from broken_sums
    inner join absent_codes
        on broken_sums.document_id = absent_codes.document_id
        and broken_sums.form = absent_codes.form
        and broken_sums.parent_key = absent_codes.parent_key
),

-- A line that the identity names outright, or that a total it names is made of.
parts_of_totals as (
    select
        terms.rule_id,
        terms.form,
        terms.row_term as total_key,
        parts.row_term,
        parts.measure_term,
        terms.side,
        terms.sign * parts.sign as sign
    from terms
    inner join terms as totals
        on terms.form = totals.form
        and terms.row_term = totals.row_term
        and totals.kind = 'sum'
        and totals.side = 'left'
        and totals.is_literal_row
    inner join terms as parts on totals.rule_id = parts.rule_id and parts.side = 'right' and parts.is_literal_row
    where terms.has_stand_in
),

named_rows as (
    select rule_id, form, cast(null as varchar) as total_key, row_term, measure_term, side, sign
    from terms
    where is_literal_row and not has_stand_in
    union all
    select rule_id, form, total_key, row_term, measure_term, side, sign
    from parts_of_totals
),

of_named_rows as (
    select
        identities.document_id,
        identities.rule_id,
        identities.instance_key,
        named_rows.form,
        named_rows.row_term as row_key,
        case when named_rows.measure_term = '@measure' then identities.left_measure else named_rows.measure_term end
            as measure,
        case named_rows.side when 'left' then named_rows.sign else -named_rows.sign end as coefficient
    from identities
    inner join named_rows on identities.rule_id = named_rows.rule_id
    anti join lines
        on identities.document_id = lines.document_id
        and named_rows.form = lines.form
        and named_rows.row_term = lines.row_key
    left join lines as totals
        on identities.document_id = totals.document_id
        and named_rows.form = totals.form
        and named_rows.total_key = totals.row_key
    where totals.row_key is null
),

-- A class stands beside the other classes that the form adds up.
class_rows as (
    select document_id, form, row_key
    from lines
    where regexp_full_match(row_key, {{ class_row }})
),

sums_of_classes as (
    select distinct
        identities.document_id,
        identities.rule_id,
        identities.instance_key,
        slots.form,
        slots.measure,
        {{ side_of_row('slots.row_key') }} as side_of_row,
        slots.sign * case slots.side when 'left' then 1 else -1 end as coefficient
    from identities
    inner join slots
        on identities.document_id = slots.document_id
        and identities.rule_id = slots.rule_id
        and identities.instance_key = slots.instance_key
    where slots.bound_row = '' and regexp_full_match(slots.row_key, {{ class_row }})
),

-- In a summary any class of the document may lack, in a coded form one that has rows below it.
class_codes as (
    select document_id, 'summary' as of_form, right(row_key, 3) as code from class_rows
    union
    select document_id, 'summary', code from codes_of_forms where length(code) = 3
    union
    select document_id, form, left(code, 3) from form_lines where row_key = code and length(code) > 3
),

of_classes as (
    select distinct
        sums_of_classes.document_id,
        sums_of_classes.rule_id,
        sums_of_classes.instance_key,
        sums_of_classes.form,
        concat_ws('/', nullif(sums_of_classes.side_of_row, ''), class_codes.code) as row_key,
        sums_of_classes.measure,
        sums_of_classes.coefficient
    from sums_of_classes
    inner join class_codes
        on sums_of_classes.document_id = class_codes.document_id
        and class_codes.of_form = case sums_of_classes.side_of_row when '' then sums_of_classes.form else 'summary' end
    anti join class_rows
        on sums_of_classes.document_id = class_rows.document_id
        and sums_of_classes.form = class_rows.form
        and concat_ws('/', nullif(sums_of_classes.side_of_row, ''), class_codes.code) = class_rows.row_key
),

all_absent as (
    select * from of_codes
    union
    select * from of_named_rows
    union
    select * from of_classes
),

cells_absent as (
    select distinct document_id, form, row_key, measure from all_absent
),

other_forms as (
    select
        cells_absent.*,
        cells.form as witness,
        cells.amount_cny as witness_cny,
        cells.precision_cny as witness_precision_cny
    from cells_absent
    inner join cells
        on cells_absent.document_id = cells.document_id
        and cells_absent.form <> cells.form
        and (
            cells_absent.row_key = cells.row_key
            or regexp_extract(cells_absent.row_key, '^expenditure/([0-9]{3})$', 1) = cells.row_key
        )
        and (
            cells_absent.measure = cells.measure
            or cells_absent.measure in ('amount', 'total', 'general_public') and cells.measure in ('amount', 'total')
        )
),

rows_below as (
    select
        cells_absent.document_id,
        cells_absent.form,
        cells_absent.row_key,
        cells_absent.measure,
        'rows below' as witness,
        sum(cells.amount_cny) as witness_cny,
        sum(cells.precision_cny) as witness_precision_cny
    from cells_absent
    inner join cells
        on cells_absent.document_id = cells.document_id
        and cells_absent.form = cells.form
        and cells_absent.measure = cells.measure
        and cells_absent.row_key = left(cells.row_key, length(cells.row_key) - 2)
        and regexp_full_match(cells.row_key, '[0-9]+')
    group by all
),

witnesses as (
    select * from other_forms
    union all
    select * from rows_below
)

select
    all_absent.document_id,
    all_absent.rule_id,
    all_absent.instance_key,
    all_absent.form,
    all_absent.row_key,
    all_absent.measure,
    all_absent.coefficient,
    witnesses.witness,
    cast(witnesses.witness_cny as decimal(20, 2)) as witness_cny,
    cast(witnesses.witness_precision_cny as decimal(20, 2)) as witness_precision_cny
from all_absent
left join witnesses using (document_id, form, row_key, measure)
