-- optional: not every paper tells a figure of the comparison.
-- Rows of fct_figure_candidate by department_id.
select
    candidate.current_department_id as department_id, candidate.statement, candidate.fiscal_year, candidate.phase,
    candidate.fund, candidate.nature, candidate.function_code, candidate.source, candidate.amount_cny,
    candidate.precision_cny, candidate.candidate_rank, candidate.is_preferred, candidate.is_contradicted,
    candidate.document_id, candidate.form, candidate.row_key, candidate.measure, candidate.page, candidate.figure_id
from marts.fct_figure_candidate as candidate
where candidate.current_department_id is not null
order by candidate.current_department_id, candidate.fiscal_year, candidate.phase, candidate.figure_id,
    candidate.candidate_rank
