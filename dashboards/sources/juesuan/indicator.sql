-- optional: not every paper prints a self-evaluation.
-- Rows of fct_performance_indicator by department_id.
select
    department.current_department_id as department_id, document.fiscal_year, document.document_kind,
    indicator.document_id, indicator.project_name, indicator.horizon, indicator.level1, indicator.level2,
    indicator.level3, indicator.target, indicator.actual, indicator.score, indicator.project_no,
    indicator.indicator_no, indicator.page
from marts.fct_performance_indicator as indicator
inner join marts.dim_document as document on indicator.document_id = document.document_id
left join marts.dim_department as department on document.department_id = department.department_id
order by department.current_department_id, document.fiscal_year, indicator.document_id, indicator.project_no,
    indicator.indicator_no
