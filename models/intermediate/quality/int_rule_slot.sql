-- Grain: one place where a term of an identity meets a row and a column of a document's form,
-- with the figure as it was read, if one is printed. Stand-ins are in: the parts of a total which the
-- document's form does not have.
with terms as (select * from {{ ref('int_rule_term') }} where relation in ('eq', 'ge')),

lines as (select * from {{ ref('int_rule_line') }}),

cells as (select * from {{ ref('int_rule_printed_cell') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

-- Patterns meet each distinct key once, whatever the number of documents.
distinct_keys as (
    select distinct form, row_key, parent_key from lines
),

matched_keys as (
    select
        terms.rule_id,
        terms.term_no,
        distinct_keys.form,
        distinct_keys.row_key,
        distinct_keys.parent_key,
        regexp_extract(
            case when terms.is_children then distinct_keys.parent_key else distinct_keys.row_key end,
            terms.key_pattern,
            1
        ) as bound_row
    from terms
    inner join distinct_keys
        on terms.form = distinct_keys.form
        and regexp_matches(
            case when terms.is_children then distinct_keys.parent_key else distinct_keys.row_key end,
            terms.key_pattern
        )
),

printed_columns as (
    select distinct document_id, form, measure, measure_prefix, measure_base from cells
),

-- A form of one kind of document has fixed columns: the left side of a rule for that kind is owed in
-- every row, even where no row fills the column.
left_columns as (
    select distinct
        printed_columns.document_id,
        terms.form,
        terms.measure_term as measure,
        '' as measure_prefix,
        terms.measure_term as measure_base
    from terms
    inner join printed_columns on terms.form = printed_columns.form
    where terms.row_term = '@row'
        and terms.side = 'left'
        and terms.document_kind <> 'any'
        and not starts_with(terms.measure_term, '@')
),

columns_of_forms as (
    select * from printed_columns
    union
    select * from left_columns
),

-- A percentage is no summand. Across forms only the figures of the document's own year compare.
term_columns as (
    select
        terms.*,
        columns_of_forms.document_id,
        columns_of_forms.measure,
        columns_of_forms.measure_prefix,
        case when terms.measure_term = '@measure' then columns_of_forms.measure_base else '' end as bound_measure
    from terms
    inner join columns_of_forms
        on terms.form = columns_of_forms.form
        and (
            columns_of_forms.measure_base = terms.measure_term
            or (terms.measure_term = '@measure' and not starts_with(columns_of_forms.measure_base, 'pct_'))
        )
        and (terms.is_within_form or columns_of_forms.measure_prefix = '')
    inner join documents
        on columns_of_forms.document_id = documents.document_id
        and terms.document_kind in ('any', documents.document_kind)
    -- A part does not count beside its own total.
    where not exists (
        select 1 from printed_columns
        where printed_columns.document_id = columns_of_forms.document_id
            and printed_columns.form = terms.form
            and printed_columns.measure_base = terms.unless
    )
),

forms_with_codes as (
    select distinct document_id, form from lines where regexp_full_match(row_key, '[0-9]+')
),

-- Rows first, columns after: the other way every term would meet every row of its form.
lines_of_terms as materialized (
    select
        lines.document_id,
        matched_keys.rule_id,
        matched_keys.term_no,
        matched_keys.bound_row,
        lines.form,
        lines.row_key
    from lines
    inner join matched_keys
        on lines.form = matched_keys.form
        and lines.row_key = matched_keys.row_key
        and coalesce(lines.parent_key, '') = coalesce(matched_keys.parent_key, '')
),

own_slots as (
    select
        term_columns.document_id,
        term_columns.rule_id,
        term_columns.term_no,
        term_columns.side,
        term_columns.sign,
        lines_of_terms.bound_row,
        term_columns.bound_measure,
        term_columns.measure_prefix,
        term_columns.form,
        lines_of_terms.row_key,
        term_columns.measure,
        -- Where a form prints codes below its units, either level makes up the total.
        term_columns.is_optional
            or (
                term_columns.is_children
                and starts_with(lines_of_terms.row_key, 'unit:')
                and forms_with_codes.form is not null
            ) as is_optional
    from term_columns
    inner join lines_of_terms
        on term_columns.document_id = lines_of_terms.document_id
        and term_columns.rule_id = lines_of_terms.rule_id
        and term_columns.term_no = lines_of_terms.term_no
    left join forms_with_codes
        on lines_of_terms.document_id = forms_with_codes.document_id
        and lines_of_terms.form = forms_with_codes.form
),

-- The rule that says what a total is made of.
definitions as (
    select form, row_term, min(rule_id) as rule_id
    from terms
    where kind = 'sum' and side = 'left' and left_terms = 1 and is_literal_row and not has_stand_in
    group by form, row_term
),

stand_ins as (
    select
        term_columns.document_id,
        term_columns.rule_id,
        term_columns.term_no,
        term_columns.side,
        term_columns.sign * parts.sign as sign,
        '' as bound_row,
        term_columns.bound_measure,
        term_columns.measure_prefix,
        parts.form,
        parts.row_key,
        parts.measure,
        parts.is_optional
    from term_columns
    inner join definitions
        on term_columns.form = definitions.form and term_columns.row_term = definitions.row_term
    inner join own_slots as parts
        on definitions.rule_id = parts.rule_id
        and term_columns.document_id = parts.document_id
        and term_columns.measure = parts.measure
        and parts.side = 'right'
    left join lines
        on term_columns.document_id = lines.document_id
        and term_columns.form = lines.form
        and term_columns.row_term = lines.row_key
    where term_columns.has_stand_in and lines.row_key is null
),

-- The same within a row: where a form prints no column for a part, the part's own parts stand in.
column_definitions as (
    select form, measure_term, min(rule_id) as rule_id
    from terms
    where kind = 'sum' and side = 'left' and left_terms = 1 and row_term = '@row' and is_within_form
    group by form, measure_term
),

absent_columns as (
    select
        documents.document_id,
        terms.rule_id,
        terms.term_no,
        terms.side,
        terms.sign,
        column_definitions.rule_id as definition_rule_id
    from terms
    inner join column_definitions
        on terms.form = column_definitions.form
        and terms.measure_term = column_definitions.measure_term
        and terms.rule_id <> column_definitions.rule_id
    inner join documents on terms.document_kind in ('any', documents.document_kind)
    left join columns_of_forms
        on documents.document_id = columns_of_forms.document_id
        and terms.form = columns_of_forms.form
        and terms.measure_term = columns_of_forms.measure
    where terms.row_term = '@row' and terms.side = 'right' and columns_of_forms.measure is null
),

column_stand_ins as (
    select
        absent_columns.document_id,
        absent_columns.rule_id,
        absent_columns.term_no,
        absent_columns.side,
        absent_columns.sign * parts.sign as sign,
        parts.bound_row,
        parts.bound_measure,
        parts.measure_prefix,
        parts.form,
        parts.row_key,
        parts.measure
    from absent_columns
    inner join own_slots as parts
        on absent_columns.document_id = parts.document_id
        and absent_columns.definition_rule_id = parts.rule_id
        and parts.side = 'right'
        and parts.measure_prefix = ''
),

all_slots as (
    select
        document_id, rule_id, term_no, side, sign, bound_row, bound_measure, measure_prefix, form, row_key, measure,
        is_optional
    from own_slots
    union all by name
    select * from stand_ins
    union all by name
    select *, false as is_optional from column_stand_ins
),

-- Rules that may name a place twice: by two terms of a side (a literal key and a pattern), or by a
-- term and a stand-in. The others need no second look, and have nearly all places.
named_keys as (
    select
        matched_keys.rule_id,
        count(*) as terms,
        count(distinct terms.measure_term) as measure_terms,
        bool_or(terms.measure_term = '@measure') as has_every_measure
    from matched_keys
    inner join terms on matched_keys.rule_id = terms.rule_id and matched_keys.term_no = terms.term_no
    group by
        matched_keys.rule_id,
        terms.side,
        matched_keys.form,
        matched_keys.row_key,
        matched_keys.parent_key,
        matched_keys.bound_row
),

rules_naming_twice as (
    select rule_id from named_keys where terms > measure_terms or (terms > 1 and has_every_measure)
    union
    select rule_id from terms where has_stand_in
    union
    select rule_id from absent_columns
),

-- A row that two terms of a side both name counts once.
once as (
    select * from all_slots where rule_id not in (select rule_id from rules_naming_twice)
    union all by name
    select
        document_id,
        rule_id,
        side,
        bound_row,
        bound_measure,
        measure_prefix,
        form,
        row_key,
        measure,
        min(term_no) as term_no,
        min_by(sign, term_no) as sign,
        min_by(is_optional, term_no) as is_optional
    from all_slots
    where rule_id in (select rule_id from rules_naming_twice)
    group by all
)

select
    once.document_id,
    once.rule_id,
    once.term_no,
    once.side,
    once.sign,
    once.bound_row,
    once.bound_measure,
    once.measure_prefix,
    concat_ws('|', once.bound_row, once.measure_prefix || once.bound_measure) as instance_key,
    once.form,
    once.row_key,
    once.measure,
    once.is_optional,
    cells.amount_cny,
    cells.precision_cny,
    cells.page,
    coalesce(cells.is_garbled, false) as is_garbled
from once
left join cells
    on once.document_id = cells.document_id
    and once.form = cells.form
    and once.row_key = cells.row_key
    and once.measure = cells.measure
