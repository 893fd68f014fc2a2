-- Grain: one telling of one figure of a body by one document in one way: in a form, in a sentence,
-- or implied by a stated change. The one the marts take is preferred.
with candidates as (select * from {{ ref('int_figure_candidate') }}),

final as (
    select
        figure_id,
        body_id as current_department_id,
        department_id,
        statement,
        fiscal_year,
        phase,
        fund,
        nature,
        function_code,
        source,
        amount_cny,
        precision_cny,
        candidate_rank,
        is_preferred,
        is_contradicted,
        document_id,
        form,
        row_key,
        measure,
        page
    from candidates
)

select * from final
order by document_id, fiscal_year, phase, statement, fund, nature, function_code, candidate_rank, figure_id
