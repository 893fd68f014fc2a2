-- Grain: one code of the government economic classification, known or met in a paper.
with codes as (select * from {{ ref('int_classification_code') }} where classification = 'government_economic'),

final as (
    select
        code as government_economic_code,
        name_zh as government_economic_name,
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
order by government_economic_code
