-- Grain: one printed figure of a form (form, row and measure), with the evidence of how it
-- was read, and the decision beside it: the reason to doubt the reading, null where the paper prints it so.
-- An identity that holds confirms a doubtful reading, for a figure that was read wrong would break it; but
-- not where the form as a whole is at odds, since figures that shift together still agree.
with figures as (select * from {{ ref('int_form_cell') }} where amount_source <> 'derived'),

slots as (select * from {{ ref('int_rule_slot_figure') }} where amount_cny is not null and not is_optional),

identities as (select * from {{ ref('int_rule_identity') }}),

forms as (select * from {{ ref('int_form_evidence') }}),

table_cells as (select * from {{ ref('stg_ledger__table_cell') }}),

leftovers as (select * from {{ ref('int_leftover') }}),

-- Of a zero every identity may hold, whatever the page prints.
covering as (
    select
        slots.document_id,
        slots.form,
        slots.row_key,
        slots.measure,
        count(*) filter (
            where identities.status in ('pass', 'rounding') and identities.n_terms > 1 and slots.amount_cny <> 0
        ) as identities_held,
        count(*) filter (where identities.status = 'fail') as identities_broken
    from slots
    inner join identities
        on slots.document_id = identities.document_id
        and slots.rule_id = identities.rule_id
        and slots.instance_key = identities.instance_key
    group by slots.document_id, slots.form, slots.row_key, slots.measure
),

disputed as (
    select distinct document_id, table_no, row_no, column_no
    from leftovers
    where reason = '{{ var("readings_disagree") }}'
),

unplaced as (
    select distinct document_id, form, table_no, row_no
    from leftovers
    where reason <> '{{ var("readings_disagree") }}' and row_no is not null
),

evidence as (
    select
        figures.document_id,
        figures.form,
        figures.row_key,
        figures.measure,
        figures.page,
        figures.reader,
        figures.confidence,
        coalesce(figures.reader, '') = '{{ var("recognising_reader") }}' as is_recognised,
        coalesce(figures.reader, '') in ({{ "'" ~ var("guessing_readers") | join("', '") ~ "'" }}) as is_guessed,
        figures.amount_source = 'repaired' as is_repaired,
        coalesce(figures.resolution, 'exact') in ('completed', 'unresolved') as is_code_garbled,
        disputed.document_id is not null as is_disputed,
        unplaced.document_id is not null as is_beside_unplaced,
        contains(
            regexp_replace(coalesce(table_cells.text, ''), '\s', '', 'g'),
            regexp_replace(figures.amount_printed, '\s', '', 'g')
        ) as is_printed_so,
        cast(coalesce(covering.identities_held, 0) as integer) as identities_held,
        cast(coalesce(covering.identities_broken, 0) as integer) as identities_broken,
        forms.is_at_odds
    from figures
    inner join forms on figures.document_id = forms.document_id and figures.form = forms.form
    left join covering
        on figures.document_id = covering.document_id
        and figures.form = covering.form
        and figures.row_key = covering.row_key
        and figures.measure = covering.measure
    left join table_cells
        on figures.document_id = table_cells.document_id
        and figures.table_no = table_cells.table_no
        and figures.row_no = table_cells.row_no
        and figures.column_no = table_cells.column_no
    left join disputed
        on figures.document_id = disputed.document_id
        and figures.table_no = disputed.table_no
        and figures.row_no = disputed.row_no
        and figures.column_no = disputed.column_no
    left join unplaced
        on figures.document_id = unplaced.document_id
        and figures.form = unplaced.form
        and figures.table_no = unplaced.table_no
        and figures.row_no = unplaced.row_no
),

doubted as (
    select
        *,
        case
            when is_disputed then 'readings_disagree'
            when is_repaired then 'repaired_amount'
            when is_recognised then 'recognised'
            when not is_printed_so then 'pieced_together'
            when is_guessed then 'ambiguous_grid'
            when is_beside_unplaced then 'figure_unplaced'
        end as doubt
    from evidence
)

select
    document_id,
    form,
    row_key,
    measure,
    page,
    reader,
    confidence,
    is_recognised,
    is_guessed,
    is_repaired,
    is_code_garbled,
    is_disputed,
    is_beside_unplaced,
    is_printed_so,
    identities_held,
    identities_broken,
    is_at_odds,
    doubt is not null as is_doubted,
    case
        when is_code_garbled then 'garbled_code'
        when identities_held = 0 or is_at_odds then coalesce(doubt, case when is_at_odds then 'form_at_odds' end)
    end as fault_reason
from doubted
