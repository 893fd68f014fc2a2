-- Grain: one event between two bodies: a renaming, a dissolution, a moved function, a subordination.
with events as (select * from {{ ref('department_lineage') }}),

final as (
    select
        {{ department_key('district_code', 'department_name') }} as department_id,
        relation,
        {{ department_key('district_code', 'related_name') }} as related_department_id,
        effective_date,
        source
    from events
)

select * from final
order by department_id, relation, related_department_id
