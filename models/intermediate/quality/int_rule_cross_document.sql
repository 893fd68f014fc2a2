-- Grain: one figure of a body that a second paper in force tells otherwise or again, against the
-- telling that the marts choose (R-cross-document-01); one balance carried from one year into the next
-- (-02); one paper published again (-03). Papers of another perimeter tell another figure.
with candidates as (
    select * from {{ ref('int_figure_candidate') }} where is_current and not is_contradicted and body_id is not null
),

figures as (select * from {{ ref('int_rule_cell') }}),

documents as (select * from {{ ref('stg_ledger__document') }} where is_in_use),

carried as (select * from {{ ref('balance_carried') }}),

cells as (select * from figures where is_garbled),

told_by_several as (
    select figure_id, perimeter
    from candidates
    group by figure_id, perimeter
    having min(document_id) <> max(document_id)
),

-- Each paper speaks once, by its best telling.
speaking as (
    select
        candidates.*,
        cells.document_id is not null as is_garbled
    from candidates
    inner join told_by_several
        on candidates.figure_id = told_by_several.figure_id
        and candidates.perimeter is not distinct from told_by_several.perimeter
    left join cells
        on candidates.document_id = cells.document_id
        and candidates.form = cells.form
        and candidates.row_key = cells.row_key
        and candidates.measure = cells.measure
    qualify row_number() over (
        partition by candidates.figure_id, candidates.perimeter, candidates.document_id
        order by candidates.candidate_rank
    ) = 1
),

ranked as (
    select
        *,
        row_number() over (partition by figure_id, perimeter order by candidate_rank) as perimeter_rank
    from speaking
),

compared as (
    select
        others.document_id,
        others.statement,
        others.fiscal_year,
        others.phase,
        others.fund,
        others.nature,
        others.function_code,
        others.form,
        others.row_key,
        others.measure,
        others.source,
        others.page,
        others.amount_cny as left_value,
        chosen.document_id as other_document_id,
        chosen.source as other_source,
        chosen.form as other_form,
        chosen.row_key as other_row_key,
        chosen.measure as other_measure,
        chosen.amount_cny as right_value,
        cast(others.amount_cny - chosen.amount_cny as decimal(20, 2)) as difference,
        cast(0.5 * (others.precision_cny + chosen.precision_cny) as decimal(20, 3)) as tolerance,
        others.is_garbled or chosen.is_garbled as is_extraction
    from ranked as others
    inner join ranked as chosen
        on others.figure_id = chosen.figure_id
        and others.perimeter is not distinct from chosen.perimeter
    where chosen.perimeter_rank = 1 and others.perimeter_rank > 1
),

-- Whose papers these are. A paper that a newer one replaces speaks only as the other print of it.
papers as (
    select distinct
        tellings.document_id,
        tellings.body_id,
        tellings.perimeter,
        tellings.is_current,
        documents.document_kind,
        documents.fiscal_year
    from {{ ref('int_figure_candidate') }} as tellings
    inner join documents on tellings.document_id = documents.document_id
    where tellings.body_id is not null
),

-- What closed one year opens the next.
balances as (
    select
        papers.document_id,
        papers.fiscal_year,
        opening.form,
        opening.row_key,
        opening.measure,
        before.document_id as other_document_id,
        closing.form as other_form,
        closing.row_key as other_row_key,
        closing.measure as other_measure,
        opening.amount_cny as left_value,
        closing.amount_cny as right_value,
        cast(opening.amount_cny - closing.amount_cny as decimal(20, 2)) as difference,
        cast(0.5 * (opening.precision_cny + closing.precision_cny) as decimal(20, 3)) as tolerance,
        opening.is_garbled or closing.is_garbled as is_extraction,
        opening.page
    from papers
    inner join papers as before
        on papers.body_id = before.body_id
        and papers.perimeter is not distinct from before.perimeter
        and papers.fiscal_year = before.fiscal_year + 1
        and before.document_kind = 'final_account'
        and before.is_current
    inner join carried on true
    inner join figures as opening
        on papers.document_id = opening.document_id
        and carried.form = opening.form
        and carried.opening_row = opening.row_key
        and carried.opening_measure = opening.measure
    inner join figures as closing
        on before.document_id = closing.document_id
        and carried.form = closing.form
        and carried.closing_row = closing.row_key
        and carried.closing_measure = closing.measure
    where papers.document_kind = 'final_account'
        and papers.is_current
        and opening.amount_cny is not null
        and closing.amount_cny is not null
),

-- The same paper in another file. Pairs first, then their figures: joined by place alone, every figure
-- would meet that place in every other paper.
pairs as materialized (
    select
        papers.document_id,
        papers.fiscal_year,
        papers.document_kind,
        again.document_id as other_document_id
    from papers
    inner join papers as again
        on papers.body_id = again.body_id
        and papers.perimeter is not distinct from again.perimeter
        and papers.document_kind = again.document_kind
        and papers.fiscal_year = again.fiscal_year
        and papers.document_id > again.document_id
),

figures_of_pairs as materialized (
    select
        pairs.*,
        figures.form,
        figures.row_key,
        figures.measure,
        figures.amount_cny,
        figures.is_garbled,
        figures.page
    from pairs
    inner join figures on pairs.document_id = figures.document_id
),

-- Figures that differ between the two.
reprints as (
    select
        own.document_id,
        own.fiscal_year,
        own.document_kind,
        own.other_document_id,
        count(*) as figures,
        count(*) filter (where own.amount_cny <> others.amount_cny) as differing,
        bool_or(own.amount_cny <> others.amount_cny and (own.is_garbled or others.is_garbled)) as is_extraction,
        min_by(
            struct_pack(
                form := own.form, row_key := own.row_key, measure := own.measure, left_value := own.amount_cny,
                right_value := others.amount_cny, page := own.page
            ),
            (own.page, own.form, own.row_key, own.measure)
        ) filter (where own.amount_cny <> others.amount_cny) as first_difference,
        min(own.page) as page
    from figures_of_pairs as own
    inner join figures as others
        on own.other_document_id = others.document_id
        and own.form = others.form
        and own.row_key = others.row_key
        and own.measure = others.measure
    where own.amount_cny is not null and others.amount_cny is not null
    group by own.document_id, own.fiscal_year, own.document_kind, own.other_document_id
),

of_figures as (
    select
        *,
        'R-cross-document-01' as rule_id,
        concat_ws('|', statement, fiscal_year, phase, fund, nature, function_code, other_document_id) as instance_key,
        2 as n_terms
    from compared
),

of_balances as (
    select
        *,
        'R-cross-document-02' as rule_id,
        concat_ws('|', form, row_key, measure, other_document_id) as instance_key,
        'final' as phase,
        'form' as source,
        'form' as other_source,
        2 as n_terms
    from balances
),

of_reprints as (
    select
        document_id,
        'R-cross-document-03' as rule_id,
        other_document_id as instance_key,
        fiscal_year,
        case document_kind when 'budget' then 'initial_budget' else 'final' end as phase,
        'form' as source,
        first_difference.form as form,
        first_difference.row_key as row_key,
        first_difference.measure as measure,
        other_document_id,
        'form' as other_source,
        first_difference.form as other_form,
        first_difference.row_key as other_row_key,
        first_difference.measure as other_measure,
        first_difference.left_value as left_value,
        first_difference.right_value as right_value,
        cast(coalesce(first_difference.left_value - first_difference.right_value, 0) as decimal(20, 2)) as difference,
        cast(0 as decimal(20, 3)) as tolerance,
        is_extraction,
        cast(case when differing > 0 then differing else figures end as integer) as n_terms,
        coalesce(first_difference.page, page) as page
    from reprints
),

all_checks as (
    select * from of_figures
    union all by name
    select * from of_balances
    union all by name
    select * from of_reprints
)

select
    document_id,
    rule_id,
    instance_key,
    fiscal_year,
    phase,
    source,
    form,
    row_key,
    measure,
    other_document_id,
    other_source,
    other_form,
    other_row_key,
    other_measure,
    left_value,
    right_value,
    difference,
    tolerance,
    n_terms,
    case
        when difference = 0 then 'pass'
        when abs(difference) <= tolerance then 'rounding'
        else 'fail'
    end as status,
    is_extraction,
    page
from all_checks
