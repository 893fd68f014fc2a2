-- Grain: one cell whose text admits exactly one reading that satisfies every identity the cell stands
-- in, where at least two are broken as it was read. amount_cny is null for a cell whose digits all
-- belong to its neighbour.
with readings as (select * from {{ ref('int_cell_reading') }}),

terms as (select * from {{ ref('int_printed_term') }}),

identities as (select * from {{ ref('int_printed_identity') }}),

effects as (
    select
        readings.document_id,
        readings.form,
        readings.reading_key,
        terms.equation_key,
        sum(terms.coefficient * (coalesce(readings.amount_cny, 0) - coalesce(readings.printed_cny, 0))) as moved_cny,
        sum(coalesce(readings.precision_cny, 0) - coalesce(readings.printed_precision_cny, 0)) * 0.5 as moved_tolerance,
        count(readings.amount_cny) filter (where terms.side = 'left')
            - count(readings.printed_cny) filter (where terms.side = 'left') as left_added,
        count(readings.amount_cny) filter (where terms.side = 'right')
            - count(readings.printed_cny) filter (where terms.side = 'right') as right_added
    from readings
    inner join terms
        on readings.document_id = terms.document_id
        and readings.form = terms.form
        and readings.row_key = terms.row_key
        and readings.measure = terms.measure
    group by all
),

outcomes as (
    select
        effects.document_id,
        effects.form,
        effects.reading_key,
        identities.rule_id,
        identities.relation,
        identities.is_met,
        {{ is_met(
            'identities.relation',
            'identities.difference + effects.moved_cny',
            '(identities.tolerance + effects.moved_tolerance)'
        ) }}
        or {{ is_met(
            'identities.relation',
            'identities.difference + identities.optional_difference + effects.moved_cny',
            '(identities.tolerance + identities.optional_tolerance + effects.moved_tolerance)'
        ) }} as would_be_met
    from effects
    inner join identities using (document_id, equation_key)
    -- An identity of which the form prints one side alone says nothing.
    where identities.left_printed + effects.left_added > 0 and identities.right_printed + effects.right_added > 0
),

satisfying as (
    select
        document_id,
        form,
        reading_key,
        string_agg(distinct rule_id, ', ' order by rule_id) filter (where not is_met) as mended_rules
    from outcomes
    group by document_id, form, reading_key
    having bool_and(would_be_met) and count(*) filter (where not is_met and relation = 'eq') > 1
),

-- One reading, and no other, of each cell it tells.
candidates as (
    select
        readings.*,
        satisfying.mended_rules,
        count(*) over (
            partition by document_id, form, table_no, row_no, block_no, column_no
        ) as reading_count
    from satisfying
    inner join readings using (document_id, form, reading_key)
),

single as (
    select *
    from candidates
    qualify max(reading_count) over (partition by document_id, form, reading_key) = 1
)

select
    document_id,
    form,
    table_no,
    row_no,
    block_no,
    column_no,
    row_key,
    measure,
    amount_printed,
    unit_printed,
    amount,
    amount_cny,
    precision_cny,
    is_cell,
    page,
    bbox,
    amount_printed || ' -> ' || coalesce(text_read, 'blank') || ': ' || reason || '; ' || mended_rules || ' hold'
        as repair_note
from single
