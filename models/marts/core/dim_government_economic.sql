-- Grain: one code of the economic classification of government budgets, known or met in a paper.
with codes as ({{ codes_of_classification('government_economic', 'gfsm') }}),

crosswalk as (select * from {{ ref('crosswalk_economic') }} where is_unique_from_government),

final as (
    select codes.*, crosswalk.economic_code
    from codes
    left join crosswalk on codes.government_economic_code = crosswalk.government_economic_code
)

select * from final
order by government_economic_code
