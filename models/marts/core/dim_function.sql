-- Grain: one code of the function classification, known or met in a paper.
with codes as (select * from {{ ref('int_classification_code') }} where classification = 'function'),

final as (
    select
        code as function_code,
        name_zh as function_name,
        level,
        parent_code,
        class_code,
        former_names,
        evidence,
        first_year,
        last_year
    from codes
)

select * from final
order by function_code
