{#- A code below one of several units counts with the same code below the others. -#}
{%- set of_unit = '(?:unit:[^/]+/)?' %}
-- Grain: one term of one identity, its row key and measure turned into patterns.
-- A pattern's first group binds the instance's row: `@row` any row, `@class`, `@group`, `@item` a
-- function code of 3, 5 or 7 digits wherever the form repeats it (below several units, say),
-- `@children` the rows below the row of the left side.
-- A row key ending in `?` is stood in for by its own parts where the form has no such row; a pattern
-- ending in `?` names rows that count only where the identity holds with them and not without.
with rules as (select * from {{ ref('accounting_rule') }}),

terms as (select * from {{ ref('accounting_rule_term') }}),

of_identities as (
    select
        terms.rule_id,
        terms.term_no,
        terms.side,
        terms.sign,
        terms.form,
        terms.measure as measure_term,
        terms.unless,
        rtrim(terms.row_key, '?') as row_term,
        ends_with(terms.row_key, '?') and not starts_with(terms.row_key, '/') as has_stand_in,
        ends_with(terms.row_key, '?') and starts_with(terms.row_key, '/') as is_optional,
        rules.kind,
        rules.scope,
        rules.document_kind,
        rules.relation
    from terms
    inner join rules on terms.rule_id = rules.rule_id
    where rules.relation in ('eq', 'ge', 'printed')
),

with_pattern as (
    select
        *,
        row_term = '@children' as is_children,
        not contains(row_term, '@') and not starts_with(row_term, '/') as is_literal_row,
        case
            when row_term = '@children' then null
            when starts_with(row_term, '/') then regexp_extract(row_term, '^/(.*)/$', 1)
            else '^'
                || replace(replace(replace(replace(row_term,
                    '@row', '(.+)'),
                    '@class', '{{ of_unit }}([0-9]{3})(?:#[0-9]+)?'),
                    '@group', '{{ of_unit }}([0-9]{5})(?:#[0-9]+)?'),
                    '@item', '{{ of_unit }}([0-9]{7})(?:/(?:gov:)?[0-9]+)*(?:#[0-9]+)?')
                || '$'
        end as row_pattern,
        count(*) filter (where side = 'left') over (partition by rule_id) as left_terms,
        count(*) filter (where side = 'right') over (partition by rule_id) as right_terms,
        min(form) over (partition by rule_id) = max(form) over (partition by rule_id) as is_within_form
    from of_identities
),

left_patterns as (
    select rule_id, row_pattern as parent_pattern
    from with_pattern
    where side = 'left' and left_terms = 1
),

final as (
    select
        with_pattern.rule_id,
        with_pattern.term_no,
        with_pattern.side,
        with_pattern.sign,
        with_pattern.form,
        with_pattern.row_term,
        with_pattern.measure_term,
        with_pattern.unless,
        with_pattern.kind,
        with_pattern.scope,
        with_pattern.document_kind,
        with_pattern.relation,
        with_pattern.has_stand_in,
        with_pattern.is_optional,
        with_pattern.is_children,
        with_pattern.is_literal_row,
        with_pattern.is_within_form,
        with_pattern.left_terms,
        with_pattern.right_terms,
        -- What is matched: the row's own key, or for children the key of the row above.
        case
            when with_pattern.is_children then left_patterns.parent_pattern
            when starts_with(with_pattern.row_term, '/') then '()(?:' || with_pattern.row_pattern || ')'
            else with_pattern.row_pattern
        end as raw_pattern
    from with_pattern
    left join left_patterns on with_pattern.rule_id = left_patterns.rule_id
)

-- Group 1 is there in every pattern: empty where nothing is bound.
select
    * exclude (raw_pattern),
    case when contains(raw_pattern, '(') then raw_pattern else '()' || raw_pattern end as key_pattern
from final
