-- Grain: one identity, one document, one instance (row and column it is bound to) with a figure on
-- at least one side. Blank parts count as nothing; a blank total passes only where its parts come
-- to nothing too, and a side the paper owes and does not print is `missing`.
with slots as (select * from {{ ref('int_rule_slot_figure') }}),

cells as (select * from {{ ref('int_rule_cell') }}),

terms as (select * from {{ ref('int_rule_term') }}),

lines as (select * from {{ ref('int_rule_line') }}),

forms as (select * from {{ ref('stg_ledger__form') }}),

unresolved_rows as (
    select distinct document_id, form
    from {{ ref('int_form_line') }}
    where resolution = 'unresolved'
),

rules as (
    select
        rule_id,
        kind,
        scope,
        relation,
        left_terms = 1 as has_one_left_term,
        bool_or(is_children) as sums_children,
        right_terms = 1 and not bool_or(is_children) as has_one_right_term,
        count(distinct form) filter (where side = 'right') = 1 as has_one_right_form,
        min(form) filter (where side = 'left') as left_form,
        min(row_term) filter (where side = 'left') as left_row_term,
        min(measure_term) filter (where side = 'left') as left_measure_term,
        min(form) filter (where side = 'right') as right_form,
        min(row_term) filter (where side = 'right') as right_row_term,
        min(measure_term) filter (where side = 'right') as right_measure_term
    from terms
    where relation in ('eq', 'ge')
    group by rule_id, kind, scope, relation, left_terms, right_terms
),

-- The totals no form may go without.
required_totals as (
    select distinct form, row_term
    from terms
    where relation = 'printed' and is_literal_row
),

forms_there as (
    select document_id, form from lines
    union
    select document_id, form from forms where state in ('present', 'declared_empty')
),

forms_with_amounts as (
    select distinct document_id, form from cells where amount_cny is not null
),

-- A figure is owed where an identity compares row by row across forms and the other form prints such
-- rows, or is there and empty; and where it is a total no form may go without.
owing_sides as (
    select distinct slots.document_id, slots.rule_id, slots.side
    from slots
    inner join rules on slots.rule_id = rules.rule_id
    where rules.kind = 'cross_form' and rules.scope = 'row'
    union
    select distinct forms_there.document_id, terms.rule_id, terms.side
    from terms
    inner join forms_there on terms.form = forms_there.form
    left join forms_with_amounts
        on forms_there.document_id = forms_with_amounts.document_id
        and forms_there.form = forms_with_amounts.form
    left join required_totals on terms.form = required_totals.form and terms.row_term = required_totals.row_term
    where terms.relation in ('eq', 'ge')
        and (
            (terms.kind = 'cross_form' and terms.scope = 'row' and forms_with_amounts.form is null)
            or (required_totals.row_term is not null and terms.measure_term in ('@measure', 'amount', 'total'))
        )
),

printed_sums as (
    select
        document_id,
        rule_id,
        instance_key,
        any_value(bound_row) as bound_row,
        any_value(bound_measure) as bound_measure,
        any_value(measure_prefix) as measure_prefix,
        count(*) filter (where side = 'left') as left_slots,
        count(*) filter (where side = 'right') as right_slots,
        count(amount_cny) filter (where side = 'left') as left_printed,
        count(amount_cny) filter (where side = 'right' and not is_optional) as listed_printed,
        count(amount_cny) filter (where is_optional) as optional_printed,
        coalesce(sum(sign * amount_cny) filter (where side = 'left'), 0) as left_value,
        coalesce(sum(sign * amount_cny) filter (where side = 'right' and not is_optional), 0) as listed_value,
        coalesce(sum(sign * amount_cny) filter (where is_optional), 0) as optional_value,
        coalesce(sum(precision_cny) filter (where not is_optional), 0) * 0.5 as listed_tolerance,
        coalesce(sum(precision_cny) filter (where is_optional), 0) * 0.5 as optional_tolerance,
        bool_or(is_garbled) as has_garbled_cell,
        min(form) filter (where amount_cny is not null and not is_optional) as first_printed_form,
        max(form) filter (where amount_cny is not null and not is_optional) as last_printed_form,
        count(amount_cny) filter (where not is_optional) as figures,
        coalesce(bool_or(amount_cny <> 0) filter (where not is_optional), false) as says_something,
        min(page) as page,
        min({'term_no': term_no, 'row_key': row_key, 'measure': measure, 'form': form})
            filter (where side = 'left') as left_first,
        -- The first right figure printed, else the first that should be.
        min({'is_blank': amount_cny is null, 'term_no': term_no, 'row_key': row_key, 'measure': measure, 'form': form})
            filter (where side = 'right') as right_first
    from slots
    group by document_id, rule_id, instance_key
    having count(amount_cny) > 0
),

-- Lines no list knows may be parts or parts of parts: they count where the identity holds with them
-- and not without.
with_optional as (
    select
        * exclude (left_first, right_first),
        left_first.form as left_form,
        left_first.row_key as left_row_key,
        left_first.measure as left_measure,
        right_first.form as right_form,
        right_first.row_key as right_row_key,
        right_first.measure as right_measure,
        optional_printed > 0
            and abs(left_value - listed_value) > listed_tolerance
            and abs(left_value - listed_value - optional_value) <= listed_tolerance + optional_tolerance
            as takes_optional
    from printed_sums
),

summed as (
    select
        *,
        listed_printed + case when takes_optional then optional_printed else 0 end as right_printed,
        listed_value + case when takes_optional then optional_value else 0 end as right_value,
        listed_tolerance + case when takes_optional then optional_tolerance else 0 end as tolerance
    from with_optional
),

-- A level the form prints elsewhere is owed below every row that has an amount.
levels as (
    select distinct document_id, form, length(row_key) as key_length
    from lines
    where regexp_full_match(row_key, '[0-9]+')
),

-- A form of one row prints its total alone, by kind: it has no rows that could make it up.
forms_with_rows as (
    select distinct document_id, form from lines where not regexp_full_match(row_key, 'total(#[0-9]+)?')
),

owed as (
    select
        summed.*,
        rules.kind,
        rules.relation,
        rules.has_one_left_term,
        rules.sums_children,
        rules.has_one_right_term,
        rules.has_one_right_form,
        rules.left_form as rule_form,
        rules.left_row_term,
        rules.left_measure_term,
        rules.right_form as rule_right_form,
        rules.right_row_term,
        rules.right_measure_term,
        summed.left_slots > 0 or owing_left.rule_id is not null as left_is_owed,
        summed.right_slots > 0
            or owing_right.rule_id is not null
            or (
                rules.sums_children
                and (summed.bound_row = '' and forms_with_rows.form is not null or levels.document_id is not null)
            ) as right_is_owed
    from summed
    inner join rules on summed.rule_id = rules.rule_id
    left join owing_sides as owing_left
        on summed.document_id = owing_left.document_id
        and summed.rule_id = owing_left.rule_id
        and owing_left.side = 'left'
    left join owing_sides as owing_right
        on summed.document_id = owing_right.document_id
        and summed.rule_id = owing_right.rule_id
        and owing_right.side = 'right'
    left join levels
        on rules.sums_children
        and summed.document_id = levels.document_id
        and rules.left_form = levels.form
        and length(summed.bound_row) + 2 = levels.key_length
    left join forms_with_rows
        on summed.document_id = forms_with_rows.document_id and rules.left_form = forms_with_rows.form
),

judged_alone as (
    select
        *,
        case
            when relation = 'ge' and right_printed = 0 then null
            when left_printed = 0 and not left_is_owed then null
            when right_printed = 0 and not right_is_owed then null
            when left_printed = 0
                and (abs(right_value) > tolerance or abs(optional_value) > optional_tolerance) then 'missing'
            when right_printed = 0 and abs(left_value) > tolerance then 'missing'
            when left_value = right_value then 'pass'
            when relation = 'ge' and left_value > right_value then 'pass'
            when abs(left_value - right_value) <= tolerance then 'rounding'
            else 'fail'
        end as status_alone
    from owed
),

-- A total found missing by its own sum is missing for every other identity that needs it.
missing_totals as (
    select
        document_id,
        left_form as form,
        left_row_key as row_key,
        left_measure as measure,
        min(rule_id) as rule_id
    from judged_alone
    where status_alone = 'missing' and left_printed = 0 and left_slots = 1 and kind = 'sum' and has_one_left_term
    group by all
),

needs_missing_total as (
    select distinct
        slots.document_id,
        slots.rule_id,
        slots.instance_key
    from slots
    inner join missing_totals
        on slots.document_id = missing_totals.document_id
        and slots.form = missing_totals.form
        and slots.row_key = missing_totals.row_key
        and slots.measure = missing_totals.measure
        and slots.rule_id <> missing_totals.rule_id
    where slots.amount_cny is null
),

judged as (
    select
        judged_alone.*,
        needs_missing_total.rule_id is not null as is_consequence,
        case
            when needs_missing_total.rule_id is not null then 'missing'
            else judged_alone.status_alone
        end as status,
        unresolved_rows.form is not null and judged_alone.sums_children as has_unresolved_rows,
        judged_alone.right_printed = 1 or judged_alone.right_slots = 1
            or (judged_alone.right_slots = 0 and judged_alone.has_one_right_term) as names_one_right_figure
    from judged_alone
    left join needs_missing_total
        on judged_alone.document_id = needs_missing_total.document_id
        and judged_alone.rule_id = needs_missing_total.rule_id
        and judged_alone.instance_key = needs_missing_total.instance_key
    left join unresolved_rows
        on judged_alone.document_id = unresolved_rows.document_id
        and judged_alone.rule_form = unresolved_rows.form
    where judged_alone.status_alone is not null
)

select
    document_id,
    rule_id,
    instance_key,
    coalesce(left_form, rule_form) as left_form,
    coalesce(left_row_key, regexp_replace(left_row_term, '@(row|class|group|item)', bound_row, 'g')) as left_row_key,
    coalesce(left_measure, replace(left_measure_term, '@measure', measure_prefix || bound_measure)) as left_measure,
    case when names_one_right_figure or has_one_right_form then coalesce(right_form, rule_right_form) end as right_form,
    case
        when names_one_right_figure
            then coalesce(right_row_key, regexp_replace(right_row_term, '@(row|class|group|item)', bound_row, 'g'))
    end as right_row_key,
    case
        when names_one_right_figure
            then coalesce(right_measure, replace(right_measure_term, '@measure', measure_prefix || bound_measure))
    end as right_measure,
    left_slots,
    right_slots,
    left_printed,
    right_printed,
    takes_optional,
    cast(case when left_printed > 0 then left_value end as decimal(20, 2)) as left_value,
    cast(case when right_printed > 0 then right_value end as decimal(20, 2)) as right_value,
    cast(left_value - right_value as decimal(20, 2)) as difference,
    cast(tolerance as decimal(20, 3)) as tolerance,
    cast(left_printed + right_printed as integer) as n_terms,
    -- The form, where all figures stand in one.
    case when first_printed_form = last_printed_form then first_printed_form end as only_form,
    cast(figures as integer) as figures,
    says_something,
    status,
    is_consequence,
    has_garbled_cell
        or has_unresolved_rows
        or (status in ('fail', 'missing') and optional_printed > 0)
        or (status = 'missing' and left_printed = 0 and left_slots > 0) as is_extraction,
    -- What in the form, beside the figures themselves, may be why it does not hold.
    case
        when status in ('fail', 'missing') and optional_printed > 0 then 'unlisted_line'
        when status in ('fail', 'missing') and has_unresolved_rows then 'unresolved_row'
    end as doubt,
    page
from judged
