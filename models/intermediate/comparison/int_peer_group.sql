-- Grain: one body whose name tells its kind: the group of departments it is compared with.
with departments as (select * from {{ ref('dim_department') }}),

groups as (select * from {{ ref('peer_group') }}),

final as (
    select
        departments.department_id,
        groups.peer_group,
        groups.label_zh as peer_group_name
    from departments
    inner join groups on regexp_matches(departments.department_name, groups.name_pattern)
    qualify row_number() over (partition by departments.department_id order by groups.priority) = 1
)

select * from final
