-- Grain: one name of a body that was renamed, the last one too, with the body's name of today.
with recursive renamings as (
    select department_id, related_department_id
    from {{ ref('int_department_event') }}
    where scope = 'whole' and kind = 'renamed'
),

names as (
    select department_id from renamings
    union
    select related_department_id from renamings
),

-- No body bears so many names; a circle among them ends here.
chain as (
    select department_id, department_id as current_department_id, 1 as names_borne
    from names
    union all
    select chain.department_id, renamings.related_department_id, chain.names_borne + 1
    from chain
    inner join renamings on chain.current_department_id = renamings.department_id
    where chain.names_borne < 20
),

final as (
    select chain.department_id, min(chain.current_department_id) as current_department_id
    from chain
    left join renamings on chain.current_department_id = renamings.department_id
    where renamings.department_id is null
    group by chain.department_id
)

select * from final
