-- Grain: one figure of a body that a second paper in force tells otherwise or again, against the
-- telling that the marts choose. Papers of another perimeter tell another figure.
with candidates as (
    select * from {{ ref('int_figure_candidate') }} where is_current and not is_contradicted and body_id is not null
),

cells as (select * from {{ ref('int_rule_cell') }} where is_garbled),

-- Each paper speaks once, by its best telling.
speaking as (
    select
        candidates.*,
        cells.document_id is not null as is_garbled
    from candidates
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
)

select
    document_id,
    'R-cross-document-01' as rule_id,
    concat_ws('|', statement, fiscal_year, phase, fund, nature, function_code, other_document_id) as instance_key,
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
    case
        when difference = 0 then 'pass'
        when abs(difference) <= tolerance then 'rounding'
        else 'fail'
    end as status,
    is_extraction,
    page
from compared
