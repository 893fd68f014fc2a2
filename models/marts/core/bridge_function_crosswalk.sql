-- Grain: one function code in one fiscal year, with the one harmonised code it is compared as.
with crosswalk as (select * from {{ ref('int_function_crosswalk') }}),

final as (
    select
        function_code,
        fiscal_year,
        harmonised_code,
        kind as change_kind,
        weight,
        source
    from crosswalk
)

select * from final
order by function_code, fiscal_year
