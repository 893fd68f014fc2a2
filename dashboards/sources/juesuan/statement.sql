-- optional: what a paper says of procurement and assets in its explanation.
-- Rows of fct_procurement and fct_asset by department_id.
with statements as (
    select 'procurement' as topic, * from marts.fct_procurement
    union all by name
    select 'asset' as topic, * from marts.fct_asset
)

select
    statement.topic, department.current_department_id as department_id, statement.fiscal_year, statement.subject,
    statement.metric, statement.value, statement.unit, statement.value_cny, statement.document_id, statement.page
from statements as statement
left join marts.dim_department as department on statement.department_id = department.department_id
order by department.current_department_id, statement.fiscal_year, statement.topic, statement.document_id,
    statement.subject, statement.metric
