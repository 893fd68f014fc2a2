-- Grain: one code of the function classification, known or met in a paper.
with codes as ({{ codes_of_classification('function', 'cofog') }}),

crosswalk as (select * from {{ ref('int_function_crosswalk') }}),

-- What a code last meant is what it is compared as.
latest as (
    select function_code, harmonised_code
    from crosswalk
    qualify row_number() over (partition by function_code order by fiscal_year desc) = 1
),

final as (
    select codes.*, latest.harmonised_code
    from codes
    left join latest on codes.function_code = latest.function_code
)

select * from final
order by function_code
