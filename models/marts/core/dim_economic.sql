-- Grain: one code of the economic classification, known or met in a paper.
with codes as (select * from {{ ref('int_classification_code') }} where classification = 'economic'),

final as (
    select
        code as economic_code,
        name_zh as economic_name,
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
order by economic_code
