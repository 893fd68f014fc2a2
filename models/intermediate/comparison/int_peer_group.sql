-- Grain: one body whose name tells its kind: the group of departments it is compared with.
with departments as (select * from {{ ref('dim_department') }}),

words as (
    select peer_group, label_zh, priority, unnest(string_split(name_words, '、')) as word
    from {{ ref('peer_group') }}
),

final as (
    select
        departments.department_id,
        words.peer_group,
        words.label_zh as peer_group_name
    from departments
    inner join words on contains(departments.department_name, words.word)
    qualify row_number() over (partition by departments.department_id order by words.priority, words.word) = 1
)

select * from final
