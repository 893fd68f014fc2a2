-- Grain: one cell of one equation of int_equation, with its coefficient: what a change of the cell by
-- one does to the equation's difference. A cell may be printed, blank (its row and column are there),
-- or absent (its row is not).
with equations as (select * from {{ ref('int_equation') }}),

slots as (select * from {{ ref('int_rule_slot_figure') }}),

identities as (select * from {{ ref('int_rule_identity') }}),

claims as (select * from {{ ref('int_claim_check') }} where not is_consequence),

absent_cells as (select * from {{ ref('int_absent_cell') }}),

cells as (select * from {{ ref('int_rule_cell') }} where amount_cny is not null),

broken_documents as (
    select distinct document_id from equations
),

slots_with_instance as (
    select slots.*
    from slots
    inner join broken_documents on slots.document_id = broken_documents.document_id
),

-- Optional rows take part only where the identity needed them. A cell on both sides says nothing.
of_slots as (
    select
        slots.document_id,
        slots.rule_id,
        slots.instance_key,
        slots.form,
        slots.row_key,
        slots.measure,
        cast(sum(slots.sign * case slots.side when 'left' then 1 else -1 end) as integer) as coefficient,
        max(slots.amount_cny) as amount_cny,
        case when count(slots.amount_cny) > 0 then 'printed' else 'blank' end as presence
    from slots_with_instance as slots
    inner join identities
        on slots.document_id = identities.document_id
        and slots.rule_id = identities.rule_id
        and slots.instance_key = identities.instance_key
    where not slots.is_optional or identities.takes_optional
    group by
        slots.document_id, slots.rule_id, slots.instance_key, slots.form, slots.row_key, slots.measure
    having abs(sum(slots.sign * case slots.side when 'left' then 1 else -1 end)) = 1
),

-- A side that is owed and has no row: the identity says which row and column it would be.
of_owed_sides as (
    select
        document_id,
        rule_id,
        instance_key,
        left_form as form,
        left_row_key as row_key,
        left_measure as measure,
        1 as coefficient
    from identities
    where status = 'missing' and left_slots = 0
    union all
    select
        document_id,
        rule_id,
        instance_key,
        right_form,
        right_row_key,
        right_measure,
        -1
    from identities
    where status = 'missing' and right_slots = 0 and right_row_key is not null
),

of_absent_cells as (
    select distinct
        document_id,
        rule_id,
        instance_key,
        form,
        row_key,
        measure,
        cast(coefficient as integer) as coefficient
    from absent_cells
),

-- A summary has columns on either side: a blank of the other side's column is no place for a figure.
printed_columns as (
    select distinct document_id, form, measure, {{ side_of_row('row_key') }} as side
    from cells
),

of_places as (
    select of_slots.*
    from of_slots
    left join printed_columns
        on of_slots.document_id = printed_columns.document_id
        and of_slots.form = printed_columns.form
        and of_slots.measure = printed_columns.measure
        and {{ side_of_row('of_slots.row_key') }} = printed_columns.side
    where of_slots.presence = 'printed' or printed_columns.measure is not null
),

of_identities as (
    select * from of_places
    union all by name
    select *, 'absent' as presence from of_owed_sides
    union all by name
    select *, 'absent' as presence from of_absent_cells
    anti join of_owed_sides using (document_id, rule_id, instance_key, form, row_key, measure)
),

of_claims as (
    select
        document_id,
        concat_ws('|', 'claim', form, row_key, measure, left_value) as equation_key,
        form,
        row_key,
        measure,
        -1 as coefficient,
        min(right_value) as amount_cny,
        case when count(right_value) > 0 then 'printed' else 'blank' end as presence
    from claims
    group by document_id, form, row_key, measure, left_value
),

of_witnesses as (
    select distinct
        document_id,
        concat_ws('|', 'witness', witness, form, row_key, measure) as equation_key,
        form,
        row_key,
        measure,
        -1 as coefficient,
        'absent' as presence
    from absent_cells
    where witness is not null
),

all_terms as (
    select concat_ws('|', rule_id, instance_key) as equation_key, * exclude (rule_id, instance_key)
    from of_identities
    union all by name
    select * from of_claims
    union all by name
    select * from of_witnesses
)

select
    all_terms.document_id,
    all_terms.equation_key,
    concat_ws('|', all_terms.form, all_terms.row_key, all_terms.measure) as cell_key,
    all_terms.form,
    all_terms.row_key,
    all_terms.measure,
    all_terms.coefficient,
    all_terms.amount_cny,
    all_terms.presence
from all_terms
inner join broken_documents on all_terms.document_id = broken_documents.document_id
