-- Grain: one event between two bodies in one scope: a renaming, a dissolution, a moved function.
with events as (select * from {{ ref('int_department_event') }})

select
    department_id,
    kind,
    scope,
    related_department_id,
    effective_date,
    date_precision,
    until_date,
    detail,
    source
from events
order by department_id, kind, scope, related_department_id
