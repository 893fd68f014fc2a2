-- Grain: one evaluation that is not met and the cell that would mend it with at least one other.
-- amount_cny is what the cell would have to be. Where nothing singles a cell out and one side is not
-- printed, that side is meant, without an amount.
with first_round as (select * from {{ ref('int_location_round_1') }}),

second_round as (select * from {{ ref('int_location_round_2') }}),

third_round as (select * from {{ ref('int_location_round_3') }}),

terms as (select * from {{ ref('int_equation_term') }}),

evaluations as (
    select * from {{ ref('int_rule_evaluation') }} where status in ('fail', 'missing') and not is_consequence
),

located as (
    select * from first_round
    union all
    select * from second_round
    union all
    select * from third_round
),

equations_of_evaluations as (
    select
        evaluation_id,
        document_id,
        case
            when starts_with(rule_id, 'R-claim') then concat_ws('|', 'claim', form, row_key, measure, left_value)
            else concat_ws('|', rule_id, instance_key)
        end as equation_key
    from evaluations
),

mended as (
    select
        document_id,
        unnest(mended_equations) as equation_key,
        cell_key,
        form,
        row_key,
        measure,
        delta_cny,
        round_no,
        equations_for,
        equations_against
    from located
),

candidates as (
    select
        equations_of_evaluations.evaluation_id,
        mended.*,
        coalesce(terms.amount_cny, 0) + mended.delta_cny as amount_cny,
        count(*) over (
            partition by mended.document_id, mended.cell_key, mended.round_no
        ) as evaluations_of_cell
    from equations_of_evaluations
    inner join mended
        on equations_of_evaluations.document_id = mended.document_id
        and equations_of_evaluations.equation_key = mended.equation_key
    inner join terms
        on mended.document_id = terms.document_id
        and mended.equation_key = terms.equation_key
        and mended.cell_key = terms.cell_key
),

-- Where two cells are to change together, each is named by a finding that has no other to name.
suspects as (
    select *
    from candidates
    qualify row_number() over (
        partition by evaluation_id
        order by round_no, evaluations_of_cell, cell_key
    ) = 1
),

not_printed as (
    select
        evaluations.evaluation_id,
        evaluations.document_id,
        evaluations.other_form as form,
        evaluations.other_row_key as row_key,
        evaluations.other_measure as measure
    from evaluations
    anti join suspects on evaluations.evaluation_id = suspects.evaluation_id
    where evaluations.status = 'missing'
        and evaluations.left_value is not null
        and evaluations.right_value is null
        and evaluations.other_row_key is not null
),

all_locations as (
    select * from suspects
    union all by name
    select * from not_printed
)

select
    evaluation_id,
    document_id,
    form,
    row_key,
    measure,
    cast(amount_cny as decimal(20, 2)) as amount_cny,
    equations_for,
    equations_against,
    round_no
from all_locations
