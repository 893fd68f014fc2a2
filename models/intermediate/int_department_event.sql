-- Grain: one event between two bodies in one scope: a renaming, a dissolution, a moved function.
with events as (select * from {{ ref('department_lineage') }})

select
    {{ department_key('district_code', 'department_name') }} as department_id,
    kind,
    scope,
    {{ department_key('district_code', 'related_name') }} as related_department_id,
    effective_date,
    date_precision,
    until_date,
    detail,
    source
from events
