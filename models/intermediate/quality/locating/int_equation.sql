-- Grain: one equation over the cells of a document in which an identity is broken: an instance of an
-- identity, the statements of the text that give one cell one amount, or a witness of a figure whose
-- row is lacking. left - right = difference, and a change of a cell moves it. Statements and witnesses
-- weigh half: they may mean something else.
with identities as (select * from {{ ref('int_rule_identity') }}),

rules as (select * from {{ ref('accounting_rule') }}),

claims as (select * from {{ ref('int_claim_check') }} where not is_consequence),

absent_cells as (select * from {{ ref('int_absent_cell') }} where witness is not null),

broken_documents as (
    select distinct document_id from identities where status in ('fail', 'missing')
),

of_identities as (
    select
        identities.document_id,
        concat_ws('|', identities.rule_id, identities.instance_key) as equation_key,
        rules.relation,
        2 as weight,
        identities.difference,
        identities.tolerance
    from identities
    inner join rules on identities.rule_id = rules.rule_id
),

-- What the text says twice it says once.
of_claims as (
    select
        document_id,
        concat_ws('|', 'claim', form, row_key, measure, left_value) as equation_key,
        'eq' as relation,
        1 as weight,
        cast(left_value - coalesce(min(right_value), 0) as decimal(20, 2)) as difference,
        min(tolerance) as tolerance
    from claims
    group by document_id, form, row_key, measure, left_value
),

of_witnesses as (
    select distinct
        document_id,
        concat_ws('|', 'witness', witness, form, row_key, measure) as equation_key,
        'eq' as relation,
        1 as weight,
        witness_cny as difference,
        cast(0.5 * witness_precision_cny as decimal(20, 3)) as tolerance
    from absent_cells
),

all_equations as (
    select * from of_identities
    union all by name
    select * from of_claims
    union all by name
    select * from of_witnesses
)

select
    all_equations.document_id,
    all_equations.equation_key,
    all_equations.relation,
    all_equations.weight,
    all_equations.difference,
    all_equations.tolerance
from all_equations
inner join broken_documents on all_equations.document_id = broken_documents.document_id
