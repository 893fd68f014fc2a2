-- Grain: one identity of int_printed_term: whether it holds as the figures were read, with or without
-- the rows that may count or not.
with terms as (select * from {{ ref('int_printed_term') }}),

rules as (select * from {{ ref('accounting_rule') }}),

summed as (
    select
        terms.document_id,
        terms.equation_key,
        terms.rule_id,
        rules.relation,
        coalesce(sum(terms.coefficient * terms.amount_cny) filter (where not terms.is_optional), 0) as difference,
        coalesce(sum(terms.precision_cny) filter (where not terms.is_optional), 0) * 0.5 as tolerance,
        coalesce(sum(terms.coefficient * terms.amount_cny) filter (where terms.is_optional), 0) as optional_difference,
        coalesce(sum(terms.precision_cny) filter (where terms.is_optional), 0) * 0.5 as optional_tolerance,
        count(terms.amount_cny) filter (where terms.side = 'left') as left_printed,
        count(terms.amount_cny) filter (where terms.side = 'right') as right_printed
    from terms
    inner join rules on terms.rule_id = rules.rule_id
    group by terms.document_id, terms.equation_key, terms.rule_id, rules.relation
)

select
    document_id,
    equation_key,
    rule_id,
    relation,
    difference,
    tolerance,
    optional_difference,
    optional_tolerance,
    left_printed,
    right_printed,
    {{ is_met('relation', 'difference', 'tolerance') }}
        or {{ is_met('relation', 'difference + optional_difference', '(tolerance + optional_tolerance)') }} as is_met
from summed
