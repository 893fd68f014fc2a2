-- optional: bodies without a history have none. One row: an event, seen from one of its bodies.
with events as (
    select
        lineage.*,
        teller.current_department_id as of_department_id,
        teller.department_name,
        related.current_department_id as related_current_id,
        related.department_name as related_name
    from marts.bridge_department_lineage as lineage
    inner join marts.dim_department as teller on lineage.department_id = teller.department_id
    left join marts.dim_department as related on lineage.related_department_id = related.department_id
)

select
    of_department_id as department_id, department_name, kind, scope, related_current_id as related_department_id,
    related_name, cast(effective_date as varchar) as effective_date, date_precision,
    cast(until_date as varchar) as until_date, detail, false as is_other
from events
union all by name
select
    related_current_id as department_id, department_name, kind, scope, of_department_id as related_department_id,
    related_name, cast(effective_date as varchar) as effective_date, date_precision,
    cast(until_date as varchar) as until_date, detail, true as is_other
from events
where related_current_id <> of_department_id
order by department_id, effective_date, kind, related_name
