-- Grain: one code of the economic classification of department budgets, known or met in a paper.
with codes as ({{ codes_of_classification('economic', 'gfsm') }}),

crosswalk as (select * from {{ ref('crosswalk_economic') }} where is_unique_from_economic),

final as (
    select codes.*, crosswalk.government_economic_code
    from codes
    left join crosswalk on codes.economic_code = crosswalk.economic_code
)

select * from final
order by economic_code
