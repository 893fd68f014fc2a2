-- Grain: one body, known by evidence (seed) or registered by a paper of its own.
with departments as (select * from {{ ref('int_department') }}),

events as (select * from {{ ref('int_department_event') }} where scope = 'whole'),

-- A body keeps its identity through a change of name.
latest_names as (select * from {{ ref('int_renamed_department') }}),

successors as (
    select department_id, min(related_department_id) as successor_department_id
    from events
    where kind in ('renamed', 'merged', 'dissolved')
    group by department_id
),

renamings as (
    select department_id, related_department_id
    from events
    where kind = 'renamed'
),

predecessors as (
    select related_department_id as department_id, min(department_id) as predecessor_department_id
    from renamings
    group by related_department_id
),

parents as (
    select department_id, min(related_department_id) as parent_department_id
    from events
    where kind = 'subordinated'
    group by department_id
),

final as (
    select
        departments.department_id,
        departments.department_name,
        departments.district_code,
        departments.department_type,
        departments.valid_from,
        departments.valid_to,
        predecessors.predecessor_department_id,
        successors.successor_department_id,
        parents.parent_department_id,
        coalesce(latest_names.current_department_id, departments.department_id) as current_department_id,
        departments.evidence,
        departments.source,
        departments.body_name
    from departments
    left join latest_names on departments.department_id = latest_names.department_id
    left join predecessors on departments.department_id = predecessors.department_id
    left join successors on departments.department_id = successors.department_id
    left join parents on departments.department_id = parents.department_id
)

select * from final
order by department_id
